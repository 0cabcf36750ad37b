import { dotProduct } from "../../shared/domain/vector.ts";
import type { RegionQuery } from "../../shared/contracts/query.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { Branch } from "./branch.ts";
import { fetchDocuments } from "./hydrate.ts";
import type { RankedHit } from "./ranked-hit.ts";

const BATCH = 200;

/**
 * Folds each hit under the first better one that it nearly repeats: their vectors, in the first space that both passages
 * have one in, are at least as similar as asked. What is folded depends on better hits alone, so pages fit together.
 *
 * @returns the remaining hits in order; as many as the page needs, where vectors had to be read
 */
export async function foldDuplicates(
  opened: Pick<OpenedRead, "ring" | "view">,
  branches: readonly Branch[],
  hits: readonly RankedHit[],
  { diversity, offset, k }: Pick<RegionQuery, "diversity" | "offset" | "k">,
  signal: AbortSignal,
): Promise<readonly RankedHit[]> {
  if (diversity === undefined) return hits;
  const spaces = new Set(branches.flatMap(({ by }) => (by.kind === "near" ? [by.space] : [])));
  const kept: { hit: RankedHit; row: StoredRow | undefined; folded: string[] }[] = [];
  for (let start = 0; start < hits.length && kept.length < offset + k; start += BATCH) {
    const batch = hits.slice(start, start + BATCH);
    const ids = [...new Set(batch.map(({ id }) => id))];
    const rows = await fetchDocuments(opened, ids, { vectors: true }, signal);
    for (const hit of batch) {
      const row = rows.get(hit.id)?.find(({ passage }) => passage === hit.candidate.passage);
      const like = kept.find(
        (better) => alike(better.row, row, [...spaces]) >= diversity.foldAbove,
      );
      if (like === undefined) kept.push({ hit, row, folded: [] });
      else like.folded.push(hit.id);
    }
  }
  return kept.map(({ hit, folded }) => ({ ...hit, folded }));
}

/** Similarity in the first space that both have a vector in; -1 where there is none. */
function alike(
  a: StoredRow | undefined,
  b: StoredRow | undefined,
  spaces: readonly string[],
): number {
  for (const space of spaces) {
    const one = a?.vectors[space] ?? null;
    const other = b?.vectors[space] ?? null;
    if (one !== null && other !== null) return dotProduct(one, other);
  }
  return -1;
}

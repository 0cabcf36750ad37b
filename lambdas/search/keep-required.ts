import { dotProduct } from "../../shared/domain/vector.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Requirement } from "./branch.ts";
import { fetchDocuments } from "./hydrate.ts";

/** Documents whose vectors are read at once. */
const BATCH = 200;

/**
 * The hits whose document has, in each required space, a passage similar enough to the required vector; in their order, and
 * no more than `wanted`: vectors are read only as far as needed.
 */
export async function keepRequired<Hit extends { readonly id: string }>(
  opened: Pick<OpenedRead, "ring" | "view">,
  requirements: readonly Requirement[],
  hits: readonly Hit[],
  wanted: number,
  signal: AbortSignal,
): Promise<readonly Hit[]> {
  if (requirements.length === 0) return hits;
  const kept: Hit[] = [];
  for (let start = 0; start < hits.length && kept.length < wanted; start += BATCH) {
    const batch = hits.slice(start, start + BATCH);
    const ids = [...new Set(batch.map(({ id }) => id))];
    const rows = await fetchDocuments(opened, ids, { vectors: true }, signal);
    const fits = ({ id }: Hit) =>
      requirements.every(({ space, vector, similarityMin }) =>
        (rows.get(id) ?? []).some((row) => {
          const of = row.vectors[space] ?? null;
          return of !== null && dotProduct(vector, of) >= similarityMin;
        }),
      );
    kept.push(...batch.filter(fits));
  }
  return kept;
}

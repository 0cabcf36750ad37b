import type { RegionHit } from "../../shared/contracts/region-event.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { Branch } from "./branch.ts";
import { explainHit } from "./explain.ts";
import { fetchFrom, toPayload } from "./hydrate.ts";
import type { RankedHit } from "./ranked-hit.ts";

/** The hits with their payloads, read once, of what is shown alone. */
export async function hydrateHits(
  { view }: Pick<OpenedRead, "view">,
  branches: readonly Branch[],
  ranked: readonly RankedHit[],
  explain: boolean,
  signal: AbortSignal,
): Promise<RegionHit[]> {
  const without = ranked.flatMap(({ candidate }) =>
    candidate.body === undefined ? [candidate] : [],
  );
  const rows =
    without.length === 0
      ? new Map<string, StoredRow[]>()
      : await fetchFrom(view, without, { vectors: false }, signal);
  return ranked.flatMap((hit) => {
    const { id, candidate, score, contributions, folded } = hit;
    const { body, passage } = candidate;
    const of = rows.get(id) ?? [];
    const row =
      body === undefined
        ? (of.find((one) => one.passage === passage) ?? of[0])
        : { id, passage, body };
    if (row === undefined) return []; // Deleted since, where the engine can't pin a version.
    const shown = contributions
      .filter(({ ranking }) => branches[ranking]?.negative === false)
      .map(({ branch }) => branch);
    return [
      {
        id,
        score,
        ...toPayload(row),
        matchedBy: [...new Set(shown)],
        ...(folded.length === 0 ? {} : { folded: [...folded] }),
        ...(explain ? { explain: explainHit(branches, hit) } : {}),
      },
    ];
  });
}

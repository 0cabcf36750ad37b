import { compareCodePoints } from "./candidate-order.ts";
import { assert } from "../std/assert.ts";

/** Damping of Reciprocal Rank Fusion; 60 in its source. */
export const RRF_K = 60;

/** One branch's ranking: ids best first, each once. Weight > 0; a negative branch pushes its hits down. */
export interface Ranking {
  readonly branch: string;
  readonly weight: number;
  readonly ids: readonly string[];
}

export interface Fused {
  readonly id: string;
  /** Sum of weight / (k + rank) over the branches that ranked it. */
  readonly score: number;
  /** Branches that ranked it, strongest contribution first; ties in the order of the rankings. */
  readonly matchedBy: readonly string[];
}

/**
 * Weighted Reciprocal Rank Fusion: merges rankings by position and ignores their scores, since cosines of
 * different spaces can't be compared.
 *
 * @param k damping, > 0
 * @returns each id once, best first; ties ordered by id, so equal input gives equal output
 * @see Cormack, Clarke, Büttcher: "Reciprocal Rank Fusion", SIGIR 2009
 */
export function fuseRankings(rankings: readonly Ranking[], k: number): Fused[] {
  assert(k > 0, "k is positive");
  const shares = new Map<string, { branch: string; share: number }[]>();
  for (const ranking of rankings) {
    for (const [index, id] of ranking.ids.entries()) {
      const share = ranking.weight / (k + index + 1); // Ranks count from 1, indexes from 0.
      const known = shares.get(id);
      if (known === undefined) shares.set(id, [{ branch: ranking.branch, share }]);
      else known.push({ branch: ranking.branch, share });
    }
  }
  return [...shares]
    .map(([id, parts]) => ({
      id,
      score: parts.reduce((sum, part) => sum + part.share, 0),
      matchedBy: [
        ...new Set(parts.toSorted((a, b) => b.share - a.share).map((part) => part.branch)),
      ],
    }))
    .sort((a, b) => b.score - a.score || compareCodePoints(a.id, b.id));
}

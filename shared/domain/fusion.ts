import { assert } from "../std/assert.ts";
import { compareCodePoints } from "./candidate-order.ts";

/** Damping of Reciprocal Rank Fusion; 60 in its source. */
export const RRF_K = 60;

/** One branch's ranking: items best first, each key once. */
export interface Ranking {
  readonly branch: string;
  /** > 0 */
  readonly weight: number;
  /** Pushes what it ranks down; finds nothing by itself. */
  readonly negative: boolean;
  /** The lowest score that the branch can give: -1 for cosine, 0 for BM25. */
  readonly scoreFloor: number;
  readonly items: readonly { readonly key: string; readonly score: number }[];
}

/** What one branch adds to a score. */
export interface Contribution {
  /** Index of the ranking. */
  readonly ranking: number;
  readonly branch: string;
  /** From 1. */
  readonly rank: number;
  /** As the branch measures. */
  readonly score: number;
  readonly normalised: number;
  /** Weight times `normalised`, below 0 for a negative branch. */
  readonly share: number;
}

export interface Fused {
  readonly key: string;
  /** Sum of the shares, added up in their order. */
  readonly score: number;
  /** Strongest first; ties in the order of the rankings. */
  readonly contributions: readonly Contribution[];
}

/**
 * Merges rankings into one.
 *
 * - `ranks`: weighted Reciprocal Rank Fusion, weight / (60 + rank). It ignores scores, since cosines of different spaces can't
 *   be compared.
 * - `scores`: weighted normalised scores, weight * (score - floor) / (best - floor). The floor is the lowest score that there
 *   can be, not the lowest seen, so that looking deeper changes no score.
 *
 * One ranking that stands alone is not fused: its own scores are the scores.
 *
 * @returns each key that a branch found, once, best first; ties ordered by key, so equal input gives equal output
 * @see Cormack, Clarke, Büttcher: "Reciprocal Rank Fusion", SIGIR 2009
 * @see Bruch, Gai, Ingber: "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023 (theoretical minimum)
 */
export function fuseRankings(rankings: readonly Ranking[], by: "ranks" | "scores"): Fused[] {
  const alone = rankings.length === 1;
  const shares = new Map<string, Contribution[]>();
  for (const [ranking, { branch, weight, negative, scoreFloor, items }] of rankings.entries()) {
    assert(weight > 0, "a ranking weighs something");
    const range = (items[0]?.score ?? scoreFloor) - scoreFloor;
    for (const [index, { key, score }] of items.entries()) {
      const rank = index + 1;
      const normalised = alone
        ? score
        : by === "ranks"
          ? 1 / (RRF_K + rank)
          : range === 0
            ? 1
            : (score - scoreFloor) / range;
      const share = alone ? score : (negative ? -weight : weight) * normalised;
      const contribution = { ranking, branch, rank, score, normalised, share };
      const known = shares.get(key);
      if (known === undefined) shares.set(key, [contribution]);
      else known.push(contribution);
    }
  }
  const found = [...shares].filter(([, parts]) =>
    parts.some(({ ranking }) => rankings[ranking]?.negative === false),
  );
  return found.map(([key, parts]) => summed(key, parts)).sort(bestFused);
}

function summed(key: string, parts: readonly Contribution[]): Fused {
  const contributions = parts.toSorted((a, b) => b.share - a.share);
  return { key, score: contributions.reduce((sum, { share }) => sum + share, 0), contributions };
}

function bestFused(a: Fused, b: Fused): number {
  return b.score - a.score || compareCodePoints(a.key, b.key);
}

import { assert, required } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { percentile } from "./percentile.ts";

export const METRICS = ["R@1", "R@5", "R@10", "MRR", "nDCG@10"] as const;
export type Metric = (typeof METRICS)[number];

/** A mean over queries, in [0, 1], with its 95 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1_000;
const CUT = 10;

/** Rank of the one right document in a ranking, from 1; null if it is not there. */
export function rankOf(ranking: readonly string[], right: string): number | null {
  const index = ranking.indexOf(right);
  return index === -1 ? null : index + 1;
}

/** One query's scores, where exactly one document is right. MRR looks at the first ten only. */
export function scores(rank: number | null): Readonly<Record<Metric, number>> {
  const within = (cut: number) => (rank !== null && rank <= cut ? 1 : 0);
  return {
    "R@1": within(1),
    "R@5": within(5),
    "R@10": within(CUT),
    MRR: rank === null || rank > CUT ? 0 : 1 / rank,
    "nDCG@10": rank === null || rank > CUT ? 0 : 1 / Math.log2(rank + 1),
  };
}

/**
 * The mean of a metric, with a percentile bootstrap over queries.
 * @see Efron, Tibshirani: "An Introduction to the Bootstrap", 1993
 */
export function estimate(
  ranks: readonly (number | null)[],
  metric: Metric,
  random: Random,
): Estimate {
  assert(ranks.length > 0, "there is a query");
  const all = ranks.map((rank) => scores(rank)[metric]);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < all.length; i++)
      sum += required(all[Math.floor(random() * all.length)], "an index within");
    return sum / all.length;
  });
  return {
    mean: all.reduce((sum, value) => sum + value, 0) / all.length,
    low: percentile(means, 2.5),
    high: percentile(means, 97.5),
  };
}

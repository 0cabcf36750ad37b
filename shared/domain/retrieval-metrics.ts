import { assert, required } from "../std/assert.ts";
import { percentile } from "../std/percentile.ts";
import type { Random } from "../std/random.ts";

/** Grades of one query's judged documents; above 0 is relevant, and a document that is missing is not. */
export type Grades = ReadonlyMap<string, number>;

/** A mean over queries, with its 95 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1_000;

/**
 * Share of the relevant documents that are among the first `k`. Where there are more than `k` of them it stays below 1.
 *
 * @param ranking ids, best first, no repeats
 * @param grades at least one above 0
 */
export function recallAt(ranking: readonly string[], grades: Grades, k: number): number {
  const found = ranking.slice(0, k).filter((id) => isRelevant(grades, id)).length;
  return found / relevantCount(grades);
}

/** 1 / rank of the first relevant document, ranks from 1; 0 where none is among the first `k`. */
export function reciprocalRankAt(ranking: readonly string[], grades: Grades, k: number): number {
  const index = ranking.slice(0, k).findIndex((id) => isRelevant(grades, id));
  return index === -1 ? 0 : 1 / (index + 1);
}

/**
 * Normalised discounted cumulative gain: the gain of a document is its grade, as trec_eval has it (not 2^grade - 1), its discount
 * log2(rank + 1). 1 is a ranking by falling grade.
 *
 * @param ranking ids, best first, no repeats
 * @param grades at least one above 0; one below 0 counts as 0
 * @see Järvelin, Kekäläinen: "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 2002
 */
export function ndcgAt(ranking: readonly string[], grades: Grades, k: number): number {
  assert(relevantCount(grades) > 0, "a document is relevant");
  const best = [...grades.values()].toSorted((a, b) => b - a);
  return (
    discounted(
      ranking.map((id) => grades.get(id) ?? 0),
      k,
    ) / discounted(best, k)
  );
}

/**
 * The mean with a percentile bootstrap over queries.
 *
 * @param values one a query, at least one
 * @see Efron, Tibshirani: "An Introduction to the Bootstrap", 1993
 */
export function bootstrapMean(values: readonly number[], random: Random): Estimate {
  assert(values.length > 0, "there is a query");
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++)
      sum += required(values[Math.floor(random() * values.length)], "an index within");
    return sum / values.length;
  });
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: percentile(means, 2.5),
    high: percentile(means, 97.5),
  };
}

/**
 * `a` less `b` over the same queries in the same order. A query is drawn with both of its values, so what makes queries unlike
 * each other drops out, and the interval is narrower than those of `a` and `b` suggest.
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  random: Random,
): Estimate {
  assert(a.length === b.length, "both sides answered the same queries");
  return bootstrapMean(
    a.map((value, i) => value - required(b[i], "as long")),
    random,
  );
}

function isRelevant(grades: Grades, id: string): boolean {
  return (grades.get(id) ?? 0) > 0;
}

function relevantCount(grades: Grades): number {
  let count = 0;
  for (const grade of grades.values()) if (grade > 0) count += 1;
  assert(count > 0, "a document is relevant");
  return count;
}

function discounted(grades: readonly number[], k: number): number {
  return grades
    .slice(0, k)
    .reduce((sum, grade, index) => sum + Math.max(0, grade) / Math.log2(index + 2), 0);
}

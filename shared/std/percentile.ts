import { assert } from "./assert.ts";

/** The p-th percentile, p in (0, 100], by nearest rank; of an even number of values the 50th is the middle of the two. */
export function percentile(values: readonly number[], p: number): number {
  assert(values.length > 0, "a percentile is of something");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.min(sorted.length - 1, Math.max(0, index))] ?? 0;
  if (p === 50 && sorted.length % 2 === 0)
    return (at(sorted.length / 2 - 1) + at(sorted.length / 2)) / 2;
  return at(Math.ceil((p / 100) * sorted.length) - 1);
}

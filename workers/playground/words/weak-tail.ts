/** A step of at least this part of the score before it tells strong from weak; smaller ones are the usual slope of ranks. */
const STEP_MIN = 0.06;

/**
 * How many hits of a list stand before its largest step down. Nearest-neighbour search always fills its list, so that what
 * comes after such a step is there only because nothing better was left; a fixed cut-off can't know where that is.
 *
 * @param scores best first
 * @returns at least 1 of a list that is not empty, and all where no step is large enough
 */
export function strongCount(scores: readonly number[]): number {
  let [count, largest] = [scores.length, STEP_MIN];
  for (let i = 1; i < scores.length; i++) {
    const [before, after] = [scores[i - 1] ?? 0, scores[i] ?? 0];
    const step = before <= 0 ? 0 : (before - after) / before;
    if (step > largest) [count, largest] = [i, step];
  }
  return count;
}

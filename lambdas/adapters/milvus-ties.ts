import { bestFirst } from "../../shared/domain/candidate-order.ts";
import type { Candidate } from "../ports/store.ts";
import { RESULTS_MAX } from "./milvus-reads.ts";

/** Fetched beyond k, to see whether the k-th is one of several that are equally good. */
const TIES_FETCHED = 8;
const ROUNDS_MAX = 4;

/**
 * At most k candidates, best first, ties by (id, passage). Milvus cuts ties anywhere, so more are fetched until something worse shows.
 *
 * @param fetch gives at most so many, the best ones, in no order
 */
export async function firstBest(
  k: number,
  fetch: (wanted: number) => Promise<Candidate[]>,
): Promise<Candidate[]> {
  let wanted = Math.min(k + TIES_FETCHED, RESULTS_MAX);
  for (let round = 0; ; round++) {
    const found = await fetch(wanted);
    found.sort(bestFirst);
    const tied = found.length === wanted && found[k - 1]?.similarity === found.at(-1)?.similarity;
    if (!tied || round === ROUNDS_MAX || wanted === RESULTS_MAX) return found.slice(0, k);
    wanted = Math.min(wanted * 4, RESULTS_MAX);
  }
}

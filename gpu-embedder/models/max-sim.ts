import { dotProduct } from "../../shared/domain/vector.ts";

/**
 * Late interaction: for each token of the query its most similar token of the text, in the mean over the query's tokens.
 *
 * @param query unit vectors of the query's tokens, the special ones at both ends left out
 * @param text the text's, one after the other
 * @returns in [-1, 1]; 0 for a query without tokens
 * @see Khattab, Zaharia: "ColBERT", SIGIR 2020
 */
export function maxSim(
  query: readonly Float32Array[],
  text: Float32Array,
  dimension: number,
): number {
  const best = query.map(() => -1);
  for (let start = 0; start < text.length; start += dimension) {
    const token = text.subarray(start, start + dimension);
    for (const [i, wanted] of query.entries())
      best[i] = Math.max(best[i] ?? -1, dotProduct(wanted, token));
  }
  return query.length === 0 ? 0 : best.reduce((sum, one) => sum + one, 0) / query.length;
}

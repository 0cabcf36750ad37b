import { dotProduct } from "../../shared/domain/vector.ts";

/**
 * Late interaction: for each token of the query its most similar token of the text, in the mean over the query's tokens.
 *
 * @param query unit vectors of the query's tokens, one after the other, the special ones at both ends left out
 * @param text the text's, likewise
 * @returns in [-1, 1]; 0 for a query without tokens
 * @see Khattab, Zaharia: "ColBERT", SIGIR 2020
 */
export function maxSim(query: Float32Array, text: Float32Array, dimension: number): number {
  const tokens = query.length / dimension;
  let sum = 0;
  for (let q = 0; q < query.length; q += dimension) {
    const wanted = query.subarray(q, q + dimension);
    let best = -1;
    for (let t = 0; t < text.length; t += dimension)
      best = Math.max(best, dotProduct(wanted, text.subarray(t, t + dimension)));
    sum += best;
  }
  return tokens === 0 ? 0 : sum / tokens;
}

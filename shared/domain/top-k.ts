import { dotProduct } from "./vector.ts";

/**
 * Rows of a matrix of unit vectors that are nearest to a unit vector, in no order: the k nearest, and all that are as near as the
 * k-th, so that the caller's order decides between them.
 *
 * @param matrix row-major, `dimension` numbers a row
 * @param k >= 1
 */
export function nearestRows(
  matrix: Float32Array,
  dimension: number,
  vector: Float32Array,
  k: number,
): { readonly row: number; readonly similarity: number }[] {
  const rows = matrix.length / dimension;
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const of = matrix.subarray(row * dimension, (row + 1) * dimension);
    scores[row] = Math.max(-1, Math.min(1, dotProduct(vector, of)));
  }
  const kth = k >= rows ? -1 : (scores.toSorted()[rows - k] ?? -1);
  const nearest: { row: number; similarity: number }[] = [];
  for (const [row, similarity] of scores.entries())
    if (similarity >= kth) nearest.push({ row, similarity });
  return nearest;
}

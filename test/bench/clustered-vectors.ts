import type { Random } from "../../shared/std/random.ts";

/** Vectors one after the other, each of unit length, and the cluster that each is of. */
export interface ClusteredVectors {
  readonly matrix: Float32Array;
  readonly clusters: Uint16Array;
}

const CLUSTERS = 2_000;
/** The k-th axis spreads as 1 / sqrt(k): a few count for much, as in a model's embeddings. */
const SPECTRUM_POWER = 0.5;
/** Of all vectors to the clusters' centres, and of a cluster to its own. */
const MEAN_SHARE = 0.5;
const SPREAD = 0.6;
/** Rounds of plane rotations, after which every axis has something of every other. */
const ROTATIONS = 10;

/**
 * A maker of vectors that lie as sentence embeddings do: 2,000 clusters of Zipf-like sizes, a power-law spectrum, a mean that all
 * share, and no axis that means anything by itself.
 *
 * @returns the next `count` vectors each time: one population, so that later ones are queries held out
 */
export function clusteredVectors(
  dimension: number,
  random: Random,
): (count: number) => ClusteredVectors {
  const scales = Array.from({ length: dimension }, (_, k) => (k + 1) ** -SPECTRUM_POWER);
  const mean = scaled(scales, MEAN_SHARE, random);
  const centres = Array.from({ length: CLUSTERS }, () => scaled(scales, 1, random));
  const ends = zipfEnds(CLUSTERS);
  const turns = Array.from({ length: ROTATIONS }, () => rotation(dimension, random));
  return (count) => {
    const matrix = new Float32Array(count * dimension);
    const clusters = new Uint16Array(count);
    for (let row = 0; row < count; row++) {
      const cluster = pick(ends, random());
      clusters[row] = cluster;
      const vector = matrix.subarray(row * dimension, (row + 1) * dimension);
      vector.set(scaled(scales, SPREAD, random));
      const centre = centres[cluster] ?? mean;
      for (let i = 0; i < dimension; i++)
        vector[i] = (vector[i] ?? 0) + (centre[i] ?? 0) + (mean[i] ?? 0);
      for (const turn of turns) turn(vector);
      normalise(vector);
    }
    return { matrix, clusters };
  };
}

function scaled(scales: readonly number[], factor: number, random: Random): Float32Array {
  // Of a bell-like shape.
  return Float32Array.from(
    scales,
    (scale) => factor * scale * (random() + random() + random() - 1.5),
  );
}

/** Upper ends of the clusters' shares of [0, 1). */
function zipfEnds(count: number): Float64Array {
  const shares = Array.from({ length: count }, (_, i) => 1 / (i + 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  let end = 0;
  return Float64Array.from(shares, (share) => (end += share / total));
}

function pick(ends: Float64Array, at: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 1) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Turns each pair of axes, paired at random, by an angle of its own. */
function rotation(dimension: number, random: Random): (vector: Float32Array) => void {
  const axes = Array.from({ length: dimension }, (_, i) => ({ i, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ i }) => i);
  const pairs = Array.from({ length: dimension >> 1 }, (_, p) => {
    const angle = random() * 2 * Math.PI;
    return {
      a: axes[2 * p] ?? 0,
      b: axes[2 * p + 1] ?? 0,
      cos: Math.cos(angle),
      sin: Math.sin(angle),
    };
  });
  return (vector) => {
    for (const { a, b, cos, sin } of pairs) {
      const [x, y] = [vector[a] ?? 0, vector[b] ?? 0];
      vector[a] = cos * x - sin * y;
      vector[b] = sin * x + cos * y;
    }
  };
}

function normalise(vector: Float32Array): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
}

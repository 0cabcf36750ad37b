import { required } from "../../shared/std/assert.ts";
import { dotProduct } from "../../shared/domain/vector.ts";

/** What a search gives of a matrix of documents: the rows of the nearest, best first, and the lowest score among them. */
export interface Nearest {
  readonly rows: readonly number[];
  readonly tau: number;
}

/** An exact search. */
export function nearest(
  documents: readonly Float32Array[],
  query: Float32Array,
  depth: number,
): Nearest {
  const scores = documents.map((of, row) => ({ row, score: dotProduct(query, of) }));
  scores.sort((a, b) => b.score - a.score || a.row - b.row);
  const best = scores.slice(0, depth);
  return {
    rows: best.map(({ row }) => row),
    tau: required(best.at(-1), "there are documents").score,
  };
}

/** The rows of a matrix, as views of it. */
export function rowsOf(matrix: Float32Array, dimension: number): Float32Array[] {
  return Array.from({ length: matrix.length / dimension }, (_, row) =>
    matrix.subarray(row * dimension, (row + 1) * dimension),
  );
}

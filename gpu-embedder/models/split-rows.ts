import { assert } from "../../shared/std/assert.ts";

/** The rows of a [rows, dimension] matrix, copied: a row must not keep its whole batch alive. */
export function splitRows(matrix: Float32Array, rows: number, dimension: number): Float32Array[] {
  assert(
    matrix.length === rows * dimension,
    `a model of dimension ${dimension} gives ${dimension} numbers per input`,
  );
  return Array.from({ length: rows }, (_, row) =>
    matrix.slice(row * dimension, (row + 1) * dimension),
  );
}

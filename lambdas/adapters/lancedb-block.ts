import type { Table } from "@lancedb/lancedb";
import type { Table as ArrowTable } from "apache-arrow";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { nearestRows } from "../../shared/domain/top-k.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { assert } from "../../shared/std/assert.ts";
import type { Candidate } from "../ports/store.ts";
import { arrow } from "./lancedb-arrow.ts";
import { cells, textCells } from "./lancedb-cells.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";

export type Place = Pick<Candidate, "id" | "passage" | "position">;

/** The vectors of one space of a shard at one version. */
export interface Block {
  readonly places: readonly Place[];
  /** Row-major, in the order of the places. */
  readonly matrix: Float32Array;
  readonly dimension: number;
}

/** Rows that were written since, by `rowKey`: the new vector, or null where the row has none any more. */
export type Changes = ReadonlyMap<
  string,
  { readonly place: Place; readonly vector: Float32Array | null }
>;

export function rowKey({ id, passage }: Pick<Place, "id" | "passage">): string {
  return `${passage}/${id}`;
}

/** The nearest k of a block with changes, best first, ties by (id, passage). */
export function nearestInBlock(
  { places, matrix, dimension }: Block,
  changes: Changes,
  vector: Float32Array,
  k: number,
): Candidate[] {
  // Each change can take away one of the nearest.
  const nearest = nearestRows(matrix, dimension, vector, k + changes.size);
  const unchanged = nearest.flatMap(({ row, similarity }) => {
    const place = places[row];
    return place === undefined || changes.has(rowKey(place)) ? [] : [{ ...place, similarity }];
  });
  const changed = [...changes.values()].flatMap(({ place, vector: of }) =>
    of === null
      ? []
      : [{ ...place, similarity: Math.max(-1, Math.min(1, dotProduct(vector, of))) }],
  );
  return [...unchanged, ...changed].sort(bestFirst).slice(0, k);
}

/** A block that has the changes. */
export function foldChanges({ places, matrix, dimension }: Block, changes: Changes): Block {
  const kept = places.flatMap((place, row) => (changes.has(rowKey(place)) ? [] : [{ place, row }]));
  const added = [...changes.values()].flatMap(({ place, vector }) =>
    vector === null ? [] : [{ place, vector }],
  );
  const folded = new Float32Array((kept.length + added.length) * dimension);
  for (const [at, { row }] of kept.entries())
    folded.set(matrix.subarray(row * dimension, (row + 1) * dimension), at * dimension);
  for (const [at, { vector }] of added.entries())
    folded.set(vector, (kept.length + at) * dimension);
  return { places: [...kept, ...added].map(({ place }) => place), matrix: folded, dimension };
}

/** Reads a block; null where the space has more vectors than `rowsMax`. */
export async function loadBlock(
  table: Table,
  { name, dimension }: { readonly name: string; readonly dimension: number },
  rowsMax: number,
): Promise<Block | null> {
  const column = vectorColumn(name);
  // Tombstones have no vectors; counting all rows costs nothing, counting those does.
  if (
    (await table.countRows()) > rowsMax &&
    (await table.countRows(`\`${column}\` IS NOT NULL`)) > rowsMax
  )
    return null;
  const result = await table
    .query()
    .where(`\`${column}\` IS NOT NULL`)
    .select([COLUMNS.id, COLUMNS.passage, COLUMNS.position, column])
    .toArrow();
  const id = textCells(result, COLUMNS.id);
  const passage = cells(result, COLUMNS.passage);
  const position = cells(result, COLUMNS.position);
  const places = Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
  }));
  return { places, matrix: pack(result, column, dimension), dimension };
}

/** The vectors one after the other, copied out of Arrow's chunks. */
function pack(result: ArrowTable, column: string, dimension: number): Float32Array {
  const matrix = new Float32Array(result.numRows * dimension);
  let at = 0;
  for (const chunk of result.getChild(column)?.data ?? []) {
    assert(arrow.DataType.isFixedSizeList(chunk.type), "vectors are lists of one length");
    const [values] = chunk.children;
    assert(values?.values instanceof Float32Array, "vectors are of float32");
    assert(chunk.offset === 0 && values.offset === 0, "a query's result is no slice");
    matrix.set(values.values.subarray(0, chunk.length * dimension), at);
    at += chunk.length * dimension;
  }
  assert(at === matrix.length, "every row has a vector");
  return matrix;
}

import type { Table } from "@lancedb/lancedb";
import type { Table as ArrowTable } from "apache-arrow";
import { LRUCache } from "lru-cache";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { nearestRows } from "../../shared/domain/top-k.ts";
import { assert } from "../../shared/std/assert.ts";
import type { Candidate } from "../ports/store.ts";
import { cells, textCells } from "./lancedb-cells.ts";
import { arrow } from "./lancedb-arrow.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";

/** A space of a shard with more rows is searched by LanceDB: a scan here holds up everything else in the process, 1 ms for 4,000 rows. */
const ROWS_MAX = 10_000;
const BYTES_MAX = 128 * 1024 * 1024;
const ROW_BYTES = 200;

/** The vectors of one space of a shard at one version, in this process' memory. */
interface Block {
  readonly rows: readonly Pick<Candidate, "id" | "passage" | "position">[];
  readonly matrix: Float32Array;
  readonly dimension: number;
}

/**
 * Vectors of small shards, kept from their first search on: comparing them here takes a tenth of what a scan by LanceDB takes.
 * What is kept is bounded in bytes; a version never changes, so nothing kept is ever stale.
 */
export class VectorBlocks {
  readonly #blocks = new LRUCache<string, Block>({
    maxSize: BYTES_MAX,
    sizeCalculation: ({ rows, matrix }) => matrix.byteLength + rows.length * ROW_BYTES + 1,
  });
  readonly #loading = new Map<string, Promise<Block | null>>();

  /**
   * The nearest k, best first, ties by (id, passage); null where the table is too large to be kept here.
   *
   * @param name of the shard at its version
   */
  async nearest(
    table: Table,
    name: string,
    space: { readonly name: string; readonly dimension: number },
    vector: Float32Array,
    k: number,
  ): Promise<Candidate[] | null> {
    const block = await this.#block(table, `${name}/${space.name}`, space);
    if (block === null) return null;
    const nearest = nearestRows(block.matrix, block.dimension, vector, k);
    const candidates = nearest.flatMap(({ row, similarity }) => {
      const place = block.rows[row];
      return place === undefined ? [] : [{ ...place, similarity }];
    });
    return candidates.sort(bestFirst).slice(0, k);
  }

  clear(): void {
    this.#blocks.clear();
  }

  #block(
    table: Table,
    name: string,
    space: { readonly name: string; readonly dimension: number },
  ): Promise<Block | null> | Block {
    const known = this.#blocks.get(name) ?? this.#loading.get(name);
    if (known !== undefined) return known;
    const loading = load(table, space)
      .then((block) => {
        if (block !== null) this.#blocks.set(name, block);
        return block;
      })
      .finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }
}

async function load(
  table: Table,
  { name, dimension }: { readonly name: string; readonly dimension: number },
): Promise<Block | null> {
  const column = vectorColumn(name);
  // Tombstones have no vectors; counting all rows costs nothing, counting those does.
  if (
    (await table.countRows()) > ROWS_MAX &&
    (await table.countRows(`\`${column}\` IS NOT NULL`)) > ROWS_MAX
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
  const rows = Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
  }));
  return { rows, matrix: pack(result, column, dimension), dimension };
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

import type { Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";
import type { Candidate } from "../ports/store.ts";
import {
  foldChanges,
  loadBlock,
  nearestInBlock,
  rowKey,
  type Block,
  type Changes,
} from "./lancedb-block.ts";
import type { TableRow } from "./rows-to-write.ts";

/** A space of a shard with more rows is searched by LanceDB: a scan here holds up everything else in the process, 1 ms for 4,000 rows. */
const ROWS_MAX = 10_000;
const BYTES_MAX = 128 * 1024 * 1024;
const ROW_BYTES = 200;
/** From so many on, changes are folded into a block of their own: each is compared apart, and copied at every write. */
const CHANGES_MAX = 64;

/** What is kept of a version: a block, or another version's with changes. */
type Kept = { readonly block: Block } | { readonly of: string; readonly changes: Changes };

const UNCHANGED: Changes = new Map();

/**
 * Vectors of small shards, kept from their first search on: comparing them here takes a tenth of what a scan by LanceDB takes.
 * What this process writes is carried over to the next version, so that a write costs no reading. What is kept is bounded in
 * bytes; a version never changes, so nothing kept is ever stale.
 */
export class VectorBlocks {
  readonly #kept = new LRUCache<string, Kept>({ maxSize: BYTES_MAX, sizeCalculation: bytesOf });
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
    const key = `${name}/${space.name}`;
    const known = this.#find(key);
    if (known !== null) return nearestInBlock(known.block, known.changes, vector, k);
    const loading = this.#loading.get(key) ?? this.#load(table, key, space);
    const block = await loading;
    return block === null ? null : nearestInBlock(block, UNCHANGED, vector, k);
  }

  /** Hears that the version `to` of a shard is `from` with these rows in place of those with their ids and passages. */
  follow(from: string, to: string, spaces: readonly string[], rows: readonly TableRow[]): void {
    for (const space of spaces) {
      const known = this.#find(`${from}/${space}`);
      if (known === null) continue;
      const changes = new Map(known.changes);
      for (const { id, passage, position, content } of rows) {
        const place = { id, passage, position };
        // A copy: the row's own may be a window into all that came with it.
        changes.set(rowKey(place), { place, vector: content?.vectors[space]?.slice() ?? null });
      }
      if (changes.size <= CHANGES_MAX) {
        this.#kept.set(`${to}/${space}`, { of: known.of, changes });
        continue;
      }
      const block = foldChanges(known.block, changes);
      if (block.places.length <= ROWS_MAX) this.#kept.set(`${to}/${space}`, { block });
    }
  }

  clear(): void {
    this.#kept.clear();
  }

  #find(
    key: string,
  ): { readonly of: string; readonly block: Block; readonly changes: Changes } | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    if ("block" in kept) return { of: key, block: kept.block, changes: UNCHANGED };
    const base = this.#kept.get(kept.of);
    return base !== undefined && "block" in base
      ? { of: kept.of, block: base.block, changes: kept.changes }
      : null;
  }

  #load(
    table: Table,
    key: string,
    space: { readonly name: string; readonly dimension: number },
  ): Promise<Block | null> {
    const loading = loadBlock(table, space, ROWS_MAX)
      .then((block) => {
        if (block !== null) this.#kept.set(key, { block });
        return block;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }
}

function bytesOf(kept: Kept): number {
  if ("block" in kept)
    return kept.block.matrix.byteLength + kept.block.places.length * ROW_BYTES + 1;
  const vectors = [...kept.changes.values()].map(({ vector }) => vector?.byteLength ?? 0);
  return vectors.reduce((sum, bytes) => sum + bytes + ROW_BYTES, 1);
}

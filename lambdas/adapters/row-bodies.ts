import { LRUCache } from "lru-cache";
import { required } from "../../shared/std/assert.ts";
import type { Candidate, StoredRow } from "../ports/store.ts";

const BYTES_MAX = 32 * 1024 * 1024;
const ENTRY_BYTES = 150;

type Row = Pick<StoredRow, "id" | "passage" | "position" | "body">;

/**
 * Bodies of rows that were shown lately. A row's body is decided by its position: no row is written twice at one, so nothing
 * kept is ever stale, and what a write does not touch is not read again after it.
 */
export class RowBodies {
  readonly #kept = new LRUCache<string, string>({
    maxSize: BYTES_MAX,
    sizeCalculation: (body, key) => 2 * (body.length + key.length) + ENTRY_BYTES,
  });

  /** @param shard as in `fill` */
  keep(shard: string, rows: readonly Row[]): void {
    for (const row of rows) this.#kept.set(keyOf(shard, row), row.body);
  }

  /** The candidates, with their bodies where those are kept. */
  known(shard: string, candidates: readonly Candidate[]): Candidate[] {
    return candidates.map((candidate) => {
      const body = this.#kept.get(keyOf(shard, candidate));
      return body === undefined ? candidate : { ...candidate, body };
    });
  }

  /**
   * The candidates with their bodies.
   *
   * @param shard name that no other layout's shard has
   * @param read the rows of documents of the shard, which are kept
   */
  async fill(
    shard: string,
    candidates: readonly Candidate[],
    read: (ids: readonly string[]) => Promise<readonly Row[]>,
  ): Promise<Candidate[]> {
    // Held by this call: the cache may drop some before the last is read.
    const bodies = candidates.map((candidate) => this.#kept.get(keyOf(shard, candidate)));
    const unknown = candidates.filter((_, i) => bodies[i] === undefined).map(({ id }) => id);
    const rows = unknown.length === 0 ? [] : await read([...new Set(unknown)]);
    this.keep(shard, rows);
    const found = new Map(rows.map((row) => [keyOf(shard, row), row.body]));
    return candidates.map((candidate, i) => {
      const body = bodies[i] ?? found.get(keyOf(shard, candidate));
      return { ...candidate, body: required(body, "the view has the candidate's row") };
    });
  }

  clear(): void {
    this.#kept.clear();
  }
}

function keyOf(shard: string, { id, passage, position }: Omit<Row, "body">): string {
  return `${shard}/${passage}/${position}/${id}`;
}

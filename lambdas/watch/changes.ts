import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Change } from "../../shared/domain/watch.ts";
import { judge, type ReadEntry } from "../replicate/judge.ts";

const NOTHING_REFUSED: ReadonlySet<number> = new Set();

/**
 * What entries may make of documents; null where they change what queries are made of, so that no answer stays as it was.
 *
 * Each write counts by itself, also one that a later one replaces or that was for another position than the document had: what
 * was tested too much drops too much, and is right without knowing what the store held.
 *
 * @param record with the spaces of the shards that the entries are for
 */
export function changesOf(
  record: CollectionRecord,
  entries: readonly ReadEntry[],
): readonly Change[] | null {
  if (entries.some(({ entry: { kind } }) => kind === "schema" || kind === "filled")) return null;
  return entries
    .flatMap((entry) => judge(record, [entry], new Map(), NOTHING_REFUSED).states)
    .map(({ id, rows }) => ({ id, passages: rows }));
}

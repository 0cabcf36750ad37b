import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { Change } from "../../shared/domain/watch.ts";
import { judge, type ReadEntry } from "../replicate/judge.ts";

/**
 * What entries may make of documents; null where they change what queries are made of, so that no answer stays as it was.
 *
 * Each write counts by itself, also one that a later one replaces or that was for another position than the document had: what
 * was tested too much drops too much, and is right without knowing what the store held.
 *
 * @param collection as it lies on the shards that the entries are for
 */
export function changesOf(
  collection: LaidOutCollection,
  entries: readonly ReadEntry[],
): readonly Change[] | null {
  if (entries.some(({ entry: { kind } }) => kind === "schema" || kind === "filled")) return null;
  const judging = {
    collection,
    // Every vector counts, whatever schema version it is of.
    schema: collection.schemaVersion,
    stored: new Map<string, number>(),
    judged: () => true,
  };
  return entries
    .flatMap((entry) => judge(judging, [entry]).states)
    .map(({ id, rows }) => ({ id, passages: rows }));
}

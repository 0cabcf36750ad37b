import type { ReadEntry } from "./judge.ts";

/** The next entry is for shards of another schema: these are to be left, and nothing more is applied to them. */
export class LayoutBehind extends Error {
  override readonly name = "LayoutBehind";
  constructor(version: number) {
    super(`the log goes on for other spaces than shard map ${version} has: the region moves first`);
  }
}

/**
 * The entries that are for shards of a schema version: up to the first `schema` entry of a newer one. What older shards would lose
 * of the entries behind it, vectors of spaces that they lack, no copy of them could ever get back.
 */
export function untilSchema(entries: readonly ReadEntry[], version: number): ReadEntry[] {
  const end = entries.findIndex(({ entry }) => entry.kind === "schema" && entry.version > version);
  return entries.slice(0, end === -1 ? entries.length : end);
}

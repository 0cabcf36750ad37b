import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { LaidOut } from "../catalog/layout.ts";
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

/**
 * The spaces of shards that are begun for which vectors are still to be made: those that count from a later schema version than
 * in what is copied, and those that this lacks itself.
 *
 * @param source what is copied; null where the log is applied from its beginning
 */
export function unfilledAtFirst(
  { collection: { spaces } }: LaidOut,
  source: (LaidOut & { readonly checkpoint: Checkpoint }) | null,
): string[] {
  const lacking = new Set(source?.checkpoint.unfilled ?? []);
  return Object.entries(spaces).flatMap(([name, { model, since }]) => {
    if (model === "none" || since === undefined) return [];
    const same = source !== null && source.collection.spaces[name]?.since === since;
    return same && !lacking.has(name) ? [] : [name];
  });
}

/** What is still unfilled after entries; undefined for none, as a checkpoint leaves it out. */
export function unfilledAfter(
  { collection: { spaces } }: LaidOut,
  { unfilled = [] }: Checkpoint,
  entries: readonly ReadEntry[],
): string[] | undefined {
  const left = unfilled.filter(
    (space) =>
      !entries.some(
        ({ entry }) =>
          entry.kind === "filled" &&
          entry.spaces.includes(space) &&
          (spaces[space]?.since ?? 1) <= entry.version,
      ),
  );
  return left.length === 0 ? undefined : left;
}

import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { required } from "../../shared/std/assert.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Place } from "../catalog/placements.ts";
import type { VectorStore } from "../ports/store.ts";
import type { Holding } from "./apply-line.ts";

/** Whether data at one place is still to move to the other: to newer tables, or to a newer map in tables of the same number. */
export function isBehind(from: Place, to: Place): boolean {
  return from.tables === to.tables ? to.map.version > from.map.version : to.tables > from.tables;
}

/**
 * A record names only the newest maps, and whoever looks for the data begins with their first tables. Where a resync made the
 * tables, those first ones may never have been used: then a checkpoint there leads on, and nothing else is there.
 *
 * @param old where the data was until now, whose own checkpoint is still to lead on; null where the region held nothing, so that
 *   this one is what leads there
 * @throws Error where another holder was there first, or is at work there
 */
export async function leadFromFirst(
  store: VectorStore,
  record: CollectionRecord,
  { map, tables, checkpoint }: Holding,
  old: Holding | null,
  moved: NonNullable<Checkpoint["moved"]>,
  signal: AbortSignal,
): Promise<void> {
  if (tables === 0) return;
  // What is restored may lie by a map that the record names no more.
  const named = record.shardMaps.some(({ version }) => version === map.version);
  const first = old !== null || named ? map : required(record.shardMaps[0], "a record has a map");
  const { layout } = laidOut(record, first);
  const known = await store.readCheckpoint(layout, signal);
  if (old !== null) {
    const isOld = old.tables === 0 && old.map.version === map.version;
    if (isOld || known?.moved !== undefined) return;
  } else if (known !== null) throw anotherHolder(first);
  const leading = { ...(known ?? checkpoint), moved };
  if (!(await store.writeCheckpoint(layout, known, leading, signal))) throw anotherHolder(first);
}

function anotherHolder({ version }: Place["map"]): Error {
  return new Error(`another holder is at the first tables of map ${version}`);
}

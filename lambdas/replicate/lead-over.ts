import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
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
 * @param from where the data was until now; its own checkpoint is still to lead on
 * @throws Error where another holder is at work there
 */
export async function leadFromFirst(
  store: VectorStore,
  record: CollectionRecord,
  { map, tables, checkpoint }: Holding,
  from: Place,
  moved: NonNullable<Checkpoint["moved"]>,
  signal: AbortSignal,
): Promise<void> {
  if (tables === 0) return;
  const { layout } = laidOut(record, map);
  const known = await store.readCheckpoint(layout, signal);
  const isFrom = known !== null && from.tables === 0 && from.map.version === map.version;
  if (isFrom || known?.moved !== undefined) return;
  const leading = { ...(known ?? checkpoint), moved };
  if (!(await store.writeCheckpoint(layout, known, leading, signal)))
    throw new Error(`another holder is at the first tables of map ${map.version}`);
}

import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { SnapshotManifest } from "../../shared/contracts/snapshot.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Placements } from "../catalog/placements.ts";
import type { VectorStore } from "../ports/store.ts";
import { advance, versionsOf, type Holding } from "../replicate/apply-line.ts";
import { applyStates } from "../replicate/apply-states.ts";
import type { Turns } from "../replicate/turns.ts";
import { stateOf } from "../snapshot/document-line.ts";
import type { SnapshotLibrary } from "../snapshot/snapshot-library.ts";

export interface BuildDeps {
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly library: SnapshotLibrary;
  readonly turns: Turns;
}

/**
 * Makes new tables of a snapshot, and a checkpoint beside them that says its point: nothing is known of how fresh that is. Nobody
 * reads or applies to them until something leads there.
 *
 * @param tables of the lease that they are made under: no other holder has that number
 * @throws SnapshotDamaged; Error where they are not new
 */
export async function buildTables(
  { store, placements, library, turns }: BuildDeps,
  record: CollectionRecord,
  manifest: SnapshotManifest,
  tables: number,
  signal: AbortSignal,
): Promise<Holding> {
  const laid = laidOut(record, manifest.map, tables);
  const { collection, layout } = laid;
  const placement = placements.placement(record, manifest.map);
  await store.prepare(layout, signal);
  const first: Checkpoint = {
    incarnation: record.incarnation,
    ...manifest.state,
    fence: tables,
    confirmed: null,
    versions: await versionsOf(store, layout, signal),
  };
  let { versions } = first;
  for await (const lines of library.lines(manifest, signal)) {
    const states = lines.map((line) => stateOf(collection, line));
    const shards = { layout, checkpoint: { ...first, versions } };
    const write = () => applyStates(store, shards, placement, states, "home", signal);
    versions = await turns.take(layout.key, write, signal);
  }
  const checkpoint = { ...first, versions };
  if (!(await store.writeCheckpoint(layout, null, checkpoint, signal)))
    throw new Error(`tables ${tables} are not new`);
  const built = { ...laid, checkpoint };
  const maintained: (number | null)[] = [];
  for (const shard of versions.keys()) maintained.push(await store.maintain(layout, shard, signal));
  return advance(store, built, { versions: maintained }, signal);
}

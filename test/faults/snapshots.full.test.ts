import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { isCrash } from "./reshard-moves.ts";
import { brokenBefore, describeSnapshotCrashes } from "./snapshot-crashes.ts";
import { steppingBlobs } from "./stepping-blobs.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";

const regions = snapshotRegions();

/** Every call, before and after it: `snapshots.long.test.ts`. */
describeSnapshotCrashes(regions, "after", 5);

test("on LanceDB, through crashes: the same; and of the tables that were begun or left nothing stays", async () => {
  const root = path.join(regions.folder(), "lancedb");
  const store = await openLanceDbStore({ root });
  const of = await brokenBefore(regions, 73, store);
  for (const call of [4, 9, 13, 18, 25]) {
    const crashing = new CrashingStore(store);
    crashing.crashAt = { call, when: "after" };
    const blobs = steppingBlobs(of.blobs, crashing);
    const dying = of.start(OTHER, { store: crashing.store, blobs });
    await dying.resyncer.resync(of.record, signal()).catch(isCrash);
    await of.endLeases();
  }
  await heal(of, OTHER);
  await of.catchUp(OTHER);
  expect(await of.shown(OTHER)).toEqual(of.expected());
  of.laterMs = 120_000;
  await of.start(OTHER).resyncer.clear(of.record, signal());
  const { layout } = await of.held(OTHER);
  const first = `nf_${of.record.incarnation}_v1_m1`;
  expect((await readdir(root)).toSorted()).toEqual([first, layout.key].toSorted());
  expect(await readdir(path.join(root, first))).toEqual(["checkpoints"]);
  await store.close();
}, 120_000);

test("a region on LanceDB and one in memory have the same digest", async () => {
  const primary = await openLanceDbStore({ root: path.join(regions.folder(), "digests") });
  const of = await regions.world(74, 90, { primary, shards: 3 });
  const made = await snapshotOf(of);
  await of.catchUp(OTHER);
  const other = await snapshotOf(of, OTHER);
  expect([other.digest, other.documents]).toEqual([made.digest, made.documents]);
  await primary.close();
}, 60_000);

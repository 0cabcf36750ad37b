import { describe, expect, test } from "vitest";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { randomName } from "../../shared/std/random.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { isCrash } from "./reshard-moves.ts";
import { steppingBlobs } from "./stepping-blobs.ts";
import { heal, OTHER, signal, snapshotOf, type SnapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const silent = async () => undefined;

/** The other region has an entry before it that is gone, and there is a snapshot behind that. */
export async function brokenBefore(
  regions: SnapshotRegions,
  seed: number,
  other = openMemoryStore(),
): Promise<SnapshotWorld> {
  const of = await regions.world(seed, 30, { other });
  await of.catchUp(OTHER);
  await of.write(12);
  await of.catchUp(PRIMARY);
  await of.removeEntry(35);
  await snapshotOf(of);
  await of.write(6);
  await of.catchUp(PRIMARY);
  return of;
}

/**
 * A process dies at one call of the store or of the blobs after the other.
 * @param every at each so-manieth call: 1 for all of them
 */
export function describeSnapshotCrashes(
  regions: SnapshotRegions,
  when: "before" | "after",
  every: number,
): void {
  describe(`a process that dies ${when} any one call of the store or of the blobs`, () => {
    test("in a resync: readers are shown what was there or what is there then, and the next process ends it", async () => {
      for (let call = 0; ; call += every) {
        const of = await brokenBefore(regions, call);
        const before = of.expected(30);
        const crashing = new CrashingStore(of.parts(OTHER).store);
        crashing.crashAt = { call, when };
        const blobs = steppingBlobs(of.blobs, crashing);
        const dying = of.start(OTHER, { store: crashing.store, blobs });
        await dying.resyncer.resync(of.record, signal()).catch(isCrash);
        await of.endLeases();
        expect([before, of.expected()]).toContainEqual(await of.shown(OTHER));
        await heal(of, OTHER);
        await of.catchUp(OTHER);
        expect(await of.shown(OTHER)).toEqual(of.expected());
        if (crashing.calls <= call) break;
      }
    }, 120_000);

    test("in a snapshot: what is listed as verified is whole", async () => {
      const of = await regions.world(71, 30);
      const { tenant, incarnation } = of.record;
      for (let call = 0; ; call += every) {
        const crashing = new CrashingStore(of.parts(PRIMARY).store);
        crashing.crashAt = { call, when };
        const blobs = steppingBlobs(of.blobs, crashing);
        const { snapshotter } = of.start(PRIMARY, { store: crashing.store, blobs });
        await snapshotter.make(of.record, "asked", silent, signal()).catch(isCrash);
        const { library } = of.start(PRIMARY);
        const onDamaged = (error: Error) => expect.fail(error.message);
        const listed = await library.list(tenant, incarnation, signal(), onDamaged);
        for (const { manifest, verified } of listed)
          if (verified) for await (const _ of library.lines(manifest, signal()));
        await library.removeUnfinished(tenant, incarnation, signal());
        const left = await library.list(tenant, incarnation, signal(), onDamaged);
        expect(left.every(({ verified }) => verified)).toBe(true);
        if (crashing.calls <= call) break;
      }
    }, 120_000);

    test("in a restore: nothing is registered, or all of it, and whoever takes it up again ends with one collection", async () => {
      const of = await regions.world(72, 30);
      const made = await snapshotOf(of);
      const { tenant } = of.record;
      for (let call = 0; ; call += every) {
        const crashing = new CrashingStore(of.parts(PRIMARY).store);
        crashing.crashAt = { call, when };
        const blobs = steppingBlobs(of.blobs, crashing);
        const into = `into-${when}-${call}`;
        const incarnation = randomName(12, Math.random);
        const order = { tenant, snapshot: made.id, into, at: null, incarnation };
        const dying = of.start(PRIMARY, { blobs }).restorer;
        await dying.restore(order, silent, signal()).catch(isCrash);
        const half = await of.log.collection(tenant, into, signal());
        expect(half === null || crashing.calls <= call + 1).toBe(true);
        const { restorer, resyncer } = of.start(PRIMARY);
        const { record } = await restorer.restore(order, silent, signal());
        expect(record.incarnation).toBe(incarnation);
        await resyncer.resync(record, signal());
        expect(await of.shown(PRIMARY, record)).toEqual(of.expected());
        if (crashing.calls <= call) break;
      }
    }, 120_000);
  });
}

import { describe, expect, test } from "vitest";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import { deleteSnapshot } from "../../lambdas/snapshot/delete-snapshot.ts";
import { SnapshotKeeper } from "../../lambdas/snapshot/snapshot-keeper.ts";
import { snapshotBlob } from "../../lambdas/snapshot/snapshot-names.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import { required } from "../../shared/std/assert.ts";
import { trimmingAll } from "./snapshot-bugs.ts";
import {
  heal,
  OTHER,
  signal,
  snapshotOf,
  snapshotRegions,
  type SnapshotRegions,
} from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const HOURS_MS = 3_600_000;

/** How the log is trimmed on an engine. @param engine `js`, or the path of a redis-server */
export function describeTrim(engine: string): void {
  describe(`the log on ${engine} is trimmed`, () => {
    const regions = snapshotRegions(engine);
    test("never behind one snapshot alone, then up to the one before the newest", async () => {
      const of = await regions.world(21, 30);
      await snapshotOf(of);
      await keep(of);
      expect(await startOf(of)).toBe(1);
      await of.write(20);
      await of.catchUp(PRIMARY);
      await snapshotOf(of);
      await keep(of);
      expect(await startOf(of)).toBe(31);
      // Told apart from a log that has nothing more.
      const page = await of.log.pull(of.record, 5, signal());
      expect([page.start, page.entries, page.head.position]).toEqual([31, [], 50]);
      expect((await of.log.pull(of.record, 31, signal())).entries).toHaveLength(20);
    });

    test("no further than a region has told that it is, until that was silent for six hours", async () => {
      const of = await regions.world(22, 30);
      await of.catchUp(OTHER);
      await twoSnapshots(of);
      const { checkpoint } = await of.held(OTHER);
      const { incarnation } = of.record;
      if (checkpoint !== null)
        await of.upkeep.report(incarnation, OTHER, { ...checkpoint.point, position: 12 }, signal());
      await keep(of);
      expect(await startOf(of)).toBe(13);
      const good = { ...(await of.upkeep.tail(incarnation, signal())).head, position: 30 };
      const [at] = (await of.log.pull(of.record, 30, signal())).entries;
      const point = { ...good, chain: at?.chain ?? "" };
      expect(await of.upkeep.trim(incarnation, point, 6 * HOURS_MS, signal())).toMatchObject({
        start: 13,
      });
      expect(await of.upkeep.trim(incarnation, point, 0, signal())).toMatchObject({ start: 31 });
    });

    describeTrimmedLog(regions);
    describeNeeded(regions);
  });
}

function describeTrimmedLog(regions: SnapshotRegions): void {
  test("never behind a snapshot of another line, and never of its last entry", async () => {
    const of = await regions.world(23, 10);
    const { incarnation } = of.record;
    const { head } = await of.upkeep.tail(incarnation, signal());
    const foreign = { ...head, position: 5, chain: "0".repeat(40) };
    expect(await of.upkeep.trim(incarnation, foreign, 0, signal())).toBeNull();
    expect(await startOf(of)).toBe(1);
    expect(await of.upkeep.trim(incarnation, head, 0, signal())).toEqual({
      start: 10,
      more: false,
    });
    await of.write(1);
    await of.catchUp(PRIMARY);
    expect(await of.shown(PRIMARY)).toEqual(of.expected());
  });

  test("not where a snapshot was damaged after it was read back: another one is made first", async () => {
    const of = await regions.world(26, 30);
    await snapshotOf(of);
    await of.write(20);
    await of.catchUp(PRIMARY);
    const { id } = await snapshotOf(of);
    const part = snapshotBlob(of.record.tenant, id, "part-00000");
    await of.blobs.put(part, new Uint8Array([1, 2, 3]), "text/plain", signal());
    await of.write(10);
    await of.catchUp(PRIMARY);
    await keep(of);
    expect(of.reported.map(({ event }) => event)).toContain("snapshot-damaged");
    // Up to the first: the second is not whole, and the newest is of position 60.
    expect(await startOf(of)).toBe(31);
    await heal(of, OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("a write that was acknowledged before is still known by its key", async () => {
    const of = await regions.world(24, 10);
    const asked = { idempotencyScope: "k", requestDigest: "d", held: null, entries: ["1"] };
    const first = await of.log.append(of.record, asked, signal());
    await of.log.append(of.record, { ...asked, idempotencyScope: "later" }, signal());
    const { head } = await of.upkeep.tail(of.record.incarnation, signal());
    await of.upkeep.trim(of.record.incarnation, head, 0, signal());
    expect(await startOf(of)).toBe(12);
    const again = await of.log.append(of.record, asked, signal());
    expect(again).toEqual({ ...first, kind: "repeated" });
  });

  test("a planted bug is caught: snapshot-trims-too-far", async () => {
    const healed = async (careless: boolean) => {
      const of = await regions.world(25, 30);
      await twoSnapshots(of);
      await of.write(5);
      await keep(of, careless);
      await of.catchUp(PRIMARY).catch(() => undefined);
      return heal(of, OTHER).then(
        async () => (await of.held(OTHER)).checkpoint?.point.position,
        (error: unknown) => String(error),
      );
    };
    expect(await healed(false)).toBe(55);
    expect(await healed(true)).toMatch(/is not healed/);
  });
}

function describeNeeded(regions: SnapshotRegions): void {
  test("where a region holds it back, no snapshot is read back for nothing", async () => {
    const of = await regions.world(27, 30);
    await of.catchUp(OTHER);
    await twoSnapshots(of);
    const { incarnation } = of.record;
    const origin = { ...(await of.upkeep.tail(incarnation, signal())).head, position: 0 };
    await of.upkeep.report(incarnation, OTHER, origin, signal());
    const read: string[] = [];
    const get: BlobStore["get"] = (name, abort) => {
      read.push(name);
      return of.blobs.get(name, abort);
    };
    const blobs: BlobStore = {
      get,
      put: (...given) => of.blobs.put(...given),
      list: (...given) => of.blobs.list(...given),
      remove: (...given) => of.blobs.remove(...given),
    };
    const parts = () => read.filter((name) => name.includes("part-")).length;
    await of.start(PRIMARY, { blobs }).keeper.keep(of.record, signal());
    expect([await startOf(of), parts()]).toEqual([1, 0]);
    await of.upkeep.report(incarnation, OTHER, { ...origin, position: 30 }, signal());
    await of.start(PRIMARY, { blobs }).keeper.keep(of.record, signal());
    expect([await startOf(of), parts() > 0]).toEqual([31, true]);
  });

  test("no snapshot is deleted while the log is trimmed behind it: who deletes waits, and looks then", async () => {
    const of = await regions.world(28, 30);
    await twoSnapshots(of);
    const { leases, library, sleep } = of.start(PRIMARY);
    const caller = { tenant: of.record.tenant } as Caller;
    const [newest] = await library.list(caller.tenant, of.record.incarnation, signal(), () => {});
    const { id } = required(newest, "a snapshot").manifest;
    const { log, upkeep } = of;
    const deps = { region: PRIMARY, log, upkeep, library, leases, sleep };
    const name = `${of.record.incarnation}/snapshots`;
    const trimming = required(await leases.acquire(name, 0, signal()), "the lease");
    const deleted = deleteSnapshot(deps, caller, id, signal());
    // What trims goes up to the newest here, so that the one before it is of no use any more.
    const { head } = await of.upkeep.tail(of.record.incarnation, signal());
    await of.upkeep.trim(of.record.incarnation, head, 0, signal());
    await trimming.release(signal());
    await expect(deleted).rejects.toMatchObject({ code: "snapshot-needed" });
  });
}

async function twoSnapshots(of: SnapshotWorld): Promise<void> {
  await snapshotOf(of);
  await of.write(20);
  await of.catchUp(PRIMARY);
  await snapshotOf(of);
}

async function keep(of: SnapshotWorld, careless = false): Promise<void> {
  const { keeper, ...parts } = of.start(PRIMARY);
  if (!careless) return keeper.keep(of.record, signal());
  const buggy = new SnapshotKeeper({
    ...parts,
    region: PRIMARY,
    log: of.log,
    upkeep: trimmingAll(of.upkeep),
    onDamaged: () => undefined,
  });
  return buggy.keep(of.record, signal());
}

async function startOf(of: SnapshotWorld): Promise<number> {
  return (await of.upkeep.tail(of.record.incarnation, signal())).start;
}

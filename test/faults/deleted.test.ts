import { expect, test } from "vitest";
import { byName } from "../../lambdas/catalog/by-name.ts";
import { laidOut } from "../../lambdas/catalog/layout.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { tokenOf } from "../../shared/domain/point.ts";
import { read, sealed, startDeleting } from "./deleted-regions.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";
import { smallSegments } from "../suites/small-segments.ts";

const regions = snapshotRegions();
const LEVELS = ["eventual", "bounded", "session", "strong"] as const;
const MOVED = { code: "collection-moved" };
const LATER_MS = 21 * 60_000;

async function levels(of: SnapshotWorld, region: string): Promise<unknown[]> {
  const process = startDeleting(of, region);
  return Promise.all(LEVELS.map((consistency) => read(process, of.record, { consistency })));
}

const fresh = (token: string | null) =>
  ({ consistency: "session", maxStalenessMs: 5_000, token }) as const;

/** Another collection of the same name. */
async function madeAgain(of: SnapshotWorld): Promise<CollectionRecord> {
  return of.log.register({ ...of.record, incarnation: "bbbbbbbbbbbb" }, signal());
}

test("a region that has applied the seal shows the collection at no level, and goes on saying so", async () => {
  const world = await regions.world(1, 20);
  const { at, point } = await sealed(world);
  for (let round = 0; round < 2; round++) {
    await world.catchUp(PRIMARY);
    expect(await levels(world, PRIMARY)).toEqual(LEVELS.map(() => "collection-moved"));
    const { checkpoint } = await world.held(PRIMARY);
    expect(checkpoint).toMatchObject({ point, confirmed: at });
    expect(checkpoint?.sealed).toBeDefined();
  }
});

test("a region that can't apply the log up to the seal shows it no more from its next sweep on", async () => {
  const world = await regions.world(2, 20);
  await world.catchUp(OTHER);
  await world.write(5);
  await world.removeEntry(22);
  await sealed(world);
  expect(await world.isStopped(OTHER)).toBe(true);
  await startDeleting(world, OTHER).remover.close(signal());
  expect(await levels(world, OTHER)).toEqual(LEVELS.map(() => "collection-moved"));
});

test("one that has not heard of the seal calls nothing fresher than that, and whoever asks the log is told", async () => {
  const world = await regions.world(3, 20);
  await world.catchUp(OTHER);
  const process = startDeleting(world, OTHER);
  await process.readings.confirm(world.record, signal());
  const { at, point } = await sealed(world);
  const reading = await process.readings.confirm(world.record, signal());
  expect(reading.sealed).toEqual(at);
  const served = await read(process, world.record);
  expect(served).toMatchObject({ point: { position: point.position - 1 } });
  const confirmed = typeof served === "string" ? null : served.confirmed;
  expect(confirmed?.timeMs).toBeLessThanOrEqual(at.timeMs);
  for (const consistency of ["strong", "bounded"] as const)
    expect(await read(process, world.record, { consistency, maxStalenessMs: 0 })).toBe(
      "collection-moved",
    );
});

test("its watch list is gone, and nobody begins another", async () => {
  const world = await regions.world(4, 20);
  const process = startDeleting(world, PRIMARY);
  const { incarnation } = world.record;
  await process.applier.catchUp(world.record, null, signal());
  expect(await process.watch.load(incarnation, null, signal())).not.toBeNull();
  const served = await read(process, world.record);
  await sealed(world);
  await process.applier.catchUp(world.record, null, signal());
  expect(await process.watch.load(incarnation, null, signal())).toBeNull();
  if (typeof served === "string") throw new Error(served);
  // A read that was under way asks for it.
  const registered = () => process.watch.register(incarnation, served.point, "e", "{}", signal());
  expect(await registered()).toBe("absent");
  await process.applier.catchUp(world.record, null, signal());
  expect(await registered()).toBe("absent");
});

test("what a region holds goes when no invocation can be at it any more; snapshots that were asked for stay, and the log goes last", async () => {
  const world = await regions.world(5, 40);
  await world.catchUp(OTHER);
  const asked = await snapshotOf(world);
  const made = startDeleting(world, PRIMARY).snapshotter;
  await made.make(world.record, "scheduled", async () => undefined, signal());
  await sealed(world);
  const remove = (region: string) => startDeleting(world, region).remover.remove(signal());
  await world.catchUp(PRIMARY);
  await remove(PRIMARY);
  await remove(OTHER);
  expect((await world.held(PRIMARY)).checkpoint).not.toBeNull();
  world.laterMs += LATER_MS;
  await remove(PRIMARY);
  expect((await world.held(PRIMARY)).checkpoint).toBeNull();
  await remove(OTHER); // It has never heard of it.
  expect((await world.held(OTHER)).checkpoint).not.toBeNull();
  expect((await world.log.confirm(world.record, signal())).sealed).not.toBeNull();
  const { remover, library } = startDeleting(world, OTHER);
  await remover.close(signal());
  world.laterMs += LATER_MS;
  const segments = () => smallSegments(world.blobs).list(world.record.incarnation, 1_000, signal());
  expect(await segments()).not.toEqual([]);
  await remover.remove(signal());
  expect(await segments()).toEqual([]);
  expect((await world.held(OTHER)).checkpoint).toBeNull();
  await expect(world.log.confirm(world.record, signal())).rejects.toMatchObject(MOVED);
  const { tenant, incarnation } = world.record;
  const listed = await library.list(tenant, incarnation, signal(), () => undefined);
  expect(listed.map(({ manifest }) => manifest.id)).toEqual([asked.id]);
});

test("tables of a resync and of other shards go too, and whoever is interrupted goes on", async () => {
  const world = await regions.world(6, 40);
  await world.catchUp(OTHER);
  await world.write(5);
  await world.catchUp(PRIMARY);
  await world.removeEntry(42);
  await snapshotOf(world);
  expect(await world.isStopped(OTHER)).toBe(true);
  await heal(world, OTHER);
  const map = { version: 2, shards: 3, key: { by: "id" } } as const;
  world.record = await world.log.addShardMap(world.record, map, signal());
  await world.start(PRIMARY).resharder.advance(world.record, signal());
  const { tables } = await world.held(OTHER);
  expect(tables).toBeGreaterThan(0);
  expect((await world.held(PRIMARY)).map.version).toBe(2);
  await sealed(world);
  await startDeleting(world, PRIMARY).remover.close(signal());
  await startDeleting(world, OTHER).remover.close(signal());
  world.laterMs += LATER_MS;
  for (const region of [PRIMARY, OTHER]) {
    const isRemoved = async () =>
      (await startDeleting(world, region).seals.tombstones(signal())).some(
        ({ record, removedBy }) =>
          record.incarnation === world.record.incarnation && removedBy.includes(region),
      );
    let drops = 0;
    for (; !(await isRemoved()); drops++) {
      const store = dyingAfter(world.parts(region).store, drops);
      const { remover } = startDeleting(world, region, { store });
      await remover.remove(signal()).catch(() => undefined);
    }
    expect(drops).toBeGreaterThan(2);
    for (const map of world.record.shardMaps)
      for (const made of [0, tables]) {
        const { layout } = laidOut(world.record, map, made);
        expect(await world.parts(region).store.readCheckpoint(layout, signal())).toBeNull();
      }
  }
});

test("a process that still knows it makes nothing anew, and is led to the one that has the name now", async () => {
  const world = await regions.world(7, 20);
  const old = world.record;
  const process = startDeleting(world, PRIMARY);
  await process.catalog.remember(old, signal());
  await sealed(world);
  const next = await madeAgain(world);
  await world.catchUp(PRIMARY);
  const name = { tenant: old.tenant, name: old.name };
  const shown = async (token: string | null = null) =>
    byName(process, { ...name, freshness: fresh(token) }, signal(), async (record) => {
      const freshness = fresh(token);
      return (await process.reader.open(record, freshness, signal())).served.incarnation;
    });
  expect(await shown()).toBe(next.incarnation);
  world.laterMs += LATER_MS;
  await startDeleting(world, PRIMARY).remover.remove(signal());
  await process.catalog.remember(old, signal()); // As a slow process would have it.
  await expect(process.applier.catchUp(old, null, signal())).rejects.toMatchObject(MOVED);
  expect((await process.placements.read(old, signal())).checkpoint).toBeNull();
  expect(await shown()).toBe(next.incarnation);
  const { head } = await world.log.confirm(next, signal());
  await process.catalog.remember(old, signal());
  expect(await shown(tokenOf(next.incarnation, head))).toBe(next.incarnation);
  await expect(shown(tokenOf(old.incarnation, head))).rejects.toMatchObject({
    code: "position-lost",
  });
});

test("a name is told as free only by a log that answers: without it nothing is forgotten", async () => {
  const world = await regions.world(8, 20);
  const process = startDeleting(world, PRIMARY);
  const { tenant, name } = world.record;
  expect(await process.catalog.all(signal())).toContainEqual(world.record);
  const away = async () => {
    throw Object.assign(new Error("away"), { code: "log-unavailable" });
  };
  const cut = startDeleting(world, PRIMARY, {
    log: { ...bound(world.log), collections: away, collection: away } as WriteLog,
  });
  await cut.catalog.remember(world.record, signal());
  await expect(cut.catalog.all(signal())).rejects.toThrow("away");
  expect(await cut.catalog.get(tenant, name, signal())).toEqual(world.record);
  await sealed(world);
  const missing = { code: "not-found" };
  const { catalog } = process;
  expect(await catalog.all(signal())).not.toContainEqual(world.record);
  await expect(catalog.get(tenant, name, signal())).rejects.toMatchObject(missing);
  await expect(catalog.refreshed(tenant, name, false, signal())).rejects.toMatchObject(missing);
});

function bound(log: WriteLog): WriteLog {
  return {
    register: (...given) => log.register(...given),
    collections: (...given) => log.collections(...given),
    collection: (...given) => log.collection(...given),
    addShardMap: (...given) => log.addShardMap(...given),
    append: (...given) => log.append(...given),
    taken: (...given) => log.taken(...given),
    pull: (...given) => log.pull(...given),
    confirm: (...given) => log.confirm(...given),
    dirty: (...given) => log.dirty(...given),
  };
}

/** A store whose process is gone after so many tables were dropped. */
function dyingAfter(store: VectorStore, drops: number): VectorStore {
  let left = drops;
  return new Proxy(store, {
    get(target, name: keyof VectorStore) {
      if (name !== "drop") {
        const member = target[name];
        return typeof member === "function" ? member.bind(target) : member;
      }
      return async (...given: Parameters<VectorStore["drop"]>) => {
        if (left === 0) throw new Error("died");
        left -= 1;
        await target.drop(...given);
      };
    },
  });
}

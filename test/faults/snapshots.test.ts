import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { announceSchema } from "../../lambdas/write/announce-schema.ts";
import { required } from "../../shared/std/assert.ts";
import { inPlace, keepingOldPoint, skippingGaps } from "./snapshot-bugs.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();

test("a snapshot read back is what the region shows, and its digest is that of every region at its point", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000_000),
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 1, max: 3 }),
      async (seed, writes, shards) => {
        const of = await regions.world(seed, writes, { shards });
        await of.catchUp(OTHER);
        const made = await snapshotOf(of);
        const read = new Map<string, string>();
        for await (const lines of of.start(PRIMARY).library.lines(made, signal()))
          for (const line of lines) {
            const { id, rows } = JSON.parse(line);
            read.set(id, JSON.parse(rows[0].body).document);
          }
        expect(read).toEqual(of.expected());
        for (const region of [PRIMARY, OTHER]) {
          const { documents, digest } = await of.start(region).content.of(of.record, signal());
          expect([documents, digest]).toEqual([made.documents, made.digest]);
        }
      },
    ),
    { numRuns: 5 },
  );
}, 60_000);

describe("a region that the log has no way on for", () => {
  test("an entry is gone that it has yet to apply: it stops, asks a region that is past it for a snapshot, and is as a replay then", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 60 }),
        async (seed, before, behind) => {
          const of = await regions.world(seed, before);
          await of.catchUp(OTHER);
          await of.write(behind);
          await of.catchUp(PRIMARY);
          // Not the last one: then the log itself would take nothing more.
          await of.removeEntry(before + 1 + (seed % (behind - 1)));
          expect(await of.isStopped(OTHER)).toBe(true);
          expect(await of.shown(OTHER)).toEqual(of.expected((await pointOf(of, OTHER)).position));
          await heal(of, OTHER);
          await expectLevel(of);
          await of.write(10);
          await expectLevel(of);
        },
      ),
      { numRuns: 4 },
    );
  }, 60_000);

  test("it was cut off for so long that the log was trimmed: it begins from a snapshot; so does one that holds nothing", async () => {
    const of = await regions.world(3, 30);
    await trimmedBehindSnapshots(of);
    expect(await of.isStopped(OTHER)).toBe(true);
    // Nobody is shown a collection without its documents.
    expect((await of.held(OTHER)).checkpoint).toBeNull();
    await heal(of, OTHER);
    await expectLevel(of);
    expect((await of.held(OTHER)).tables).toBeGreaterThan(0);
  });

  test("it holds nothing, and the record names the snapshot's map no more: it is found all the same", async () => {
    const of = await regions.world(14, 30);
    await trimmedBehindSnapshots(of);
    const map = { version: 5, shards: 3, key: { by: "id" as const } };
    of.record = { ...of.record, shardMaps: [map] };
    await of.start(OTHER).resyncer.resync(of.record, signal());
    expect((await of.held(OTHER)).map.version).toBe(1);
    expect(await of.shown(OTHER)).toEqual(of.expected());
    await of.start(OTHER).resharder.advance(of.record, signal());
    expect((await of.held(OTHER)).map.version).toBe(5);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("the log has lost what it holds: it is as the log is then, and nothing of the other line is left", async () => {
    const of = await regions.world(4, 40);
    await of.catchUp(OTHER);
    await snapshotOf(of);
    await of.write(12);
    await of.catchUp(OTHER);
    await of.loseTail(12);
    await of.catchUp(PRIMARY);
    await of.write(5);
    await of.catchUp(PRIMARY);
    expect(await of.isStopped(OTHER)).toBe(true);
    await heal(of, OTHER);
    await expectLevel(of);
  });

  test("an entry is gone that no region has applied: it is lost, which is said, and nobody steps over it", async () => {
    const of = await regions.world(9, 20);
    await of.catchUp(OTHER);
    await snapshotOf(of);
    await of.write(10);
    await of.removeEntry(25);
    for (const region of [PRIMARY, OTHER]) {
      expect(await of.isStopped(region)).toBe(true);
      await expect(heal(of, region)).rejects.toThrow("is not healed");
      expect(await of.shown(region)).toEqual(of.expected(20));
    }
    expect(of.reported).toContainEqual({
      event: "log-lost",
      details: { collection: of.record.name, position: 25 },
    });
  });

  test("it has no watch list until it is level again, and then a new one", async () => {
    const of = await brokenOther(5);
    const { watch } = of.start(OTHER);
    const before = await watch.load(of.record.incarnation, null, signal());
    await heal(of, OTHER);
    const after = await watch.load(of.record.incarnation, null, signal());
    expect(after?.wid).not.toBe(before?.wid);
    expect(after?.point).toEqual(await pointOf(of, OTHER));
  });

  test("shards are changed behind a resync, and it is resynced again: every reader finds the data", async () => {
    const of = await brokenOther(6);
    await heal(of, OTHER);
    of.record = await of.log.addShardMap(
      of.record,
      { version: 2, shards: 3, key: { by: "id" } },
      signal(),
    );
    for (const region of [PRIMARY, OTHER])
      await of.start(region).resharder.advance(of.record, signal());
    await expectLevel(of);
    expect(await of.held(OTHER)).toMatchObject({ map: { version: 2 } });
    await breakOther(of);
    await heal(of, OTHER);
    await expectLevel(of);
    // A record names only the newest maps after a while.
    const newest = { ...of.record, shardMaps: of.record.shardMaps.slice(-1) };
    expect(await of.shown(OTHER, newest)).toEqual(of.expected());
  });

  test("the only snapshot is of spaces that the log has left: it begins there, and moves on to the new ones", async () => {
    const of = await regions.world(8, 30);
    await snapshotOf(of);
    const w = { ...required(of.record.spaces["v"], "a space"), dimension: 4, since: 2 };
    const spaces = { ...of.record.spaces, w };
    const map = { version: 2, shards: 2, key: { by: "id" as const }, spaces, schemaVersion: 2 };
    of.record = await of.log.addShardMap(of.record, map, signal());
    await of.start(PRIMARY).resharder.advance(of.record, signal());
    const { collection, checkpoint } = await of.held(PRIMARY);
    await announceSchema(of.log, collection, checkpoint?.point ?? null, signal());
    of.history.push({ id: "", text: null });
    of.schemaVersion = 2;
    await of.write(20);
    await of.catchUp(PRIMARY);
    // As if it had been trimmed: the other region has no way from the beginning.
    await of.removeEntry(10);
    await of.start(OTHER).resyncer.resync(of.record, signal());
    expect((await of.held(OTHER)).map.version).toBe(1);
    await of.start(OTHER).resharder.advance(of.record, signal());
    await expectLevel(of);
  });

  test("tables that were left are removed once nobody can be reading them", async () => {
    const of = await brokenOther(7);
    const old = await of.held(OTHER);
    await heal(of, OTHER);
    const { resyncer, notes } = of.start(OTHER);
    await resyncer.clear(of.record, signal());
    expect(await notes.spent(of.record.incarnation, signal())).toHaveLength(1);
    of.laterMs = 120_000;
    await resyncer.clear(of.record, signal());
    expect(await notes.spent(of.record.incarnation, signal())).toEqual([]);
    expect((await of.held(OTHER)).layout.key).not.toBe(old.layout.key);
    await expectLevel(of);
  });
});

describe("a planted bug is caught", () => {
  test("gap-skipped", async () => {
    const of = await regions.world(11, 20);
    await of.catchUp(OTHER);
    await of.write(20);
    await of.catchUp(PRIMARY);
    const gone = of.history.findLastIndex(({ text, id }, i) => {
      const later = of.history.slice(i + 1).some((write) => write.id === id);
      return i >= 20 && i < 38 && text !== null && !later;
    });
    await of.removeEntry(gone + 1);
    const log = skippingGaps(of.log);
    await of.start(OTHER, { log }).applier.catchUp(of.record, null, signal());
    await expect(expectShown(of)).rejects.toThrow("to deeply equal");
  });

  test("delete-back-after-resync", async () => {
    const of = await brokenOther(12, async (before) => {
      await snapshotOf(before);
      await before.write(30, 20);
    });
    const blobs = keepingOldPoint(of.blobs, await pointOf(of, PRIMARY));
    const buggy = of.start(OTHER, { blobs });
    await buggy.resyncer.resync(of.record, signal());
    await expect(expectShown(of)).rejects.toThrow("to deeply equal");
  });

  test("resync-in-place", async () => {
    const of = await regions.world(13, 40);
    await snapshotOf(of);
    await of.write(30, 90);
    await of.catchUp(OTHER);
    await of.loseTail(30);
    await of.write(3);
    const buggy = of.start(OTHER, { store: inPlace(of.parts(OTHER).store) });
    await buggy.resyncer.resync(of.record, signal());
    await expect(expectShown(of)).rejects.toThrow();
  });
});

/** The other region has an entry before it that is gone. */
async function brokenOther(
  seed: number,
  between: (of: SnapshotWorld) => Promise<unknown> = async () => undefined,
): Promise<SnapshotWorld> {
  const of = await regions.world(seed, 40);
  await of.catchUp(OTHER);
  await breakOther(of, between);
  return of;
}

async function breakOther(
  of: SnapshotWorld,
  between: (of: SnapshotWorld) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const at = of.history.length;
  await of.write(10);
  await of.catchUp(PRIMARY);
  await between(of);
  await of.catchUp(PRIMARY);
  await of.removeEntry(at + 4);
  expect(await of.isStopped(OTHER)).toBe(true);
}

async function trimmedBehindSnapshots(of: SnapshotWorld): Promise<void> {
  await snapshotOf(of);
  await of.write(20);
  await of.catchUp(PRIMARY);
  await snapshotOf(of);
  await of.write(10);
  await of.catchUp(PRIMARY);
  await of.start(PRIMARY).keeper.keep(of.record, signal());
  expect((await of.upkeep.tail(of.record.incarnation, signal())).start).toBe(31);
}

async function pointOf(of: SnapshotWorld, region: string) {
  const { checkpoint } = await of.held(region);
  expect(checkpoint).not.toBeNull();
  return checkpoint?.point ?? { term: 0, position: 0, chain: "" };
}

async function expectShown(of: SnapshotWorld): Promise<void> {
  expect(await of.shown(OTHER)).toEqual(of.expected());
}

/** Both regions are at the log's end, and show what a replay of it shows. */
async function expectLevel(of: SnapshotWorld): Promise<void> {
  for (const region of [PRIMARY, OTHER]) {
    await of.catchUp(region);
    expect(await of.shown(region)).toEqual(of.expected());
  }
  const contents = [PRIMARY, OTHER].map((region) =>
    of.start(region).content.of(of.record, signal()),
  );
  const [first, second] = await Promise.all(contents);
  expect(second).toEqual(first);
}

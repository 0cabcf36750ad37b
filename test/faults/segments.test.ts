import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import { required } from "../../shared/std/assert.ts";
import { randomName } from "../../shared/std/random.ts";
import { wrapped } from "../simulate/wrapped.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const HOURS_MS = 3_600_000;
const regions = snapshotRegions();

describe("a region that meets a segment which the blob store has lost or altered", () => {
  test.each([
    ["missing", (of: SnapshotWorld, name: string) => of.blobs.remove(name, signal())],
    [
      "altered",
      async (of: SnapshotWorld, name: string) => {
        const { bytes, type } = required(await of.blobs.get(name, signal()), "a segment");
        await of.blobs.put(name, bytes.slice().fill(120, 100, 101), type, signal());
      },
    ],
  ])(
    "%s: it stops before it, steps over nothing, and is built anew from a region that is past it",
    async (_, damage) => {
      const of = await regions.world(31, 20);
      await of.catchUp(OTHER);
      const before = new Set(await segmentsOf(of));
      await of.write(40);
      await of.catchUp(PRIMARY);
      const lost = (await segmentsOf(of)).find((name) => !before.has(name));
      await damage(of, required(lost, "a segment of the second write"));
      of.log = of.newLog(); // Every process is a new one, which remembers nothing.
      expect(await of.isStopped(OTHER)).toBe(true);
      expect(await of.shown(OTHER)).toEqual(of.expected(20));
      await heal(of, OTHER);
      expect(await of.shown(OTHER)).toEqual(of.expected());
      await of.write(10);
      await of.catchUp(OTHER);
      expect(await of.shown(OTHER)).toEqual(of.expected());
    },
    30_000,
  );
});

describe("segments that no entry names", () => {
  test("what a writer left that ended before its append is removed after a day; what the log names stays, however old", async () => {
    const of = await regions.world(32, 60);
    const named = await segmentsOf(of);
    expect(named.length).toBeGreaterThan(1);
    const ends = wrapped<BlobStore>(of.blobs, {
      put: async (...given) => {
        await of.blobs.put(...given);
        throw new Error("the process ends here");
      },
    });
    const entries = ["x".repeat(2_000)];
    const request = { idempotencyScope: randomUUID(), requestDigest: "d", held: null, entries };
    const outcome = await of.newLog(ends).append(of.record, request, signal());
    expect(outcome).toMatchObject({ kind: "segments-unavailable" });
    expect(await segmentsOf(of)).toHaveLength(named.length + 1);

    of.laterMs += 23 * HOURS_MS;
    await keep(of);
    expect(await segmentsOf(of)).toHaveLength(named.length + 1);
    of.laterMs += 3 * HOURS_MS;
    await keep(of);
    expect((await segmentsOf(of)).toSorted()).toEqual(named.toSorted());
    of.log = of.newLog();
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("those of trimmed entries are removed; whoever begins anew finds what is behind the snapshot", async () => {
    const of = await regions.world(33, 60);
    await snapshotOf(of);
    await of.write(60);
    await of.catchUp(PRIMARY);
    await snapshotOf(of);
    const all = await segmentsOf(of);
    await of.start(PRIMARY).keeper.keep(of.record, signal());
    expect((await of.upkeep.tail(of.record.incarnation, signal())).start).toBe(61);
    await keep(of);
    expect(await segmentsOf(of)).toEqual(all);
    of.laterMs += 26 * HOURS_MS;
    await keep(of);
    const left = await segmentsOf(of);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(all.length);
    of.log = of.newLog();
    await heal(of, OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("they are left alone by a region that is not the primary, and while the log was restarted", async () => {
    const of = await regions.world(34, 30);
    of.laterMs += 26 * HOURS_MS;
    const all = await segmentsOf(of);
    // The log's own word is needed: what a restart has lost of it is not known.
    await of.redisOf(PRIMARY).hset(`nf:{${of.record.incarnation}}:head`, { run: "another" });
    await expect(keep(of)).rejects.toMatchObject({ code: "log-unavailable" });
    await keep(of, OTHER);
    expect(await segmentsOf(of)).toEqual(all);
  });
});

test("what is restored behind a snapshot has segments of its own", async () => {
  const of = await regions.world(35, 20);
  const { tenant } = of.record;
  const { id } = await snapshotOf(of);
  await of.write(40);
  await of.catchUp(PRIMARY);
  const into = `r-${randomUUID().slice(0, 8)}`;
  const incarnation = randomName(12, Math.random);
  const order = { tenant, snapshot: id, into, at: 50, incarnation };
  const { record } = await of
    .start(PRIMARY)
    .restorer.restore(order, async () => undefined, signal());
  for (const name of await segmentsOf(of)) await of.blobs.remove(name, signal());
  expect(await segmentsOf(of, incarnation)).not.toEqual([]);
  of.log = of.newLog();
  const restored = of.start(OTHER);
  await restored.resyncer.resync(record, signal());
  expect(await of.shown(OTHER, record)).toEqual(of.expected(50));
}, 30_000);

function segmentsOf(of: SnapshotWorld, incarnation = of.record.incarnation) {
  return of.blobs.list(`segments/${incarnation}/`, 1_000, signal());
}

async function keep(of: SnapshotWorld, region = PRIMARY): Promise<void> {
  await of.start(region).segmentKeeper.keep(of.record, signal());
}

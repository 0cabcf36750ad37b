import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { UpstashRegionCache } from "../../lambdas/adapters/upstash-region-cache.ts";
import type { PrimaryContent } from "../../lambdas/ports/primary-content.ts";
import { contentPart } from "../../lambdas/reconcile/content-part.ts";
import { Reconciler, type Difference } from "../../lambdas/reconcile/reconciler.ts";
import { required } from "../../shared/std/assert.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
const HOUR_MS = 3_600_000;
/** Few, so that a copy takes several parts. */
const PART_DOCUMENTS = 7;

describe("a copy is compared with the primary's by schedule", () => {
  test("it shows the same: told so, and read again only once an hour has passed and something was written", async () => {
    const of = await level(1);
    const here = reconciling(of);
    expect(await here.verdict()).toBeNull();
    await here.run();
    expect(await here.verdict()).toMatchObject({ verdict: "agrees", position: 80 });
    expect(here.parts).toBeGreaterThan(2);
    await here.runs(0);
    await write(of, 3);
    await here.runs(0);
    of.laterMs += HOUR_MS;
    await here.runs(1);
    expect(await here.verdict()).toMatchObject({ verdict: "agrees", position: 83 });
    // Written to or not, once a day: what a store was given it may lose.
    of.laterMs += HOUR_MS;
    await here.runs(0);
    of.laterMs += 24 * HOUR_MS;
    await here.runs(1);
  });

  test("a document was lost behind the region's back: it is told, the copy is built anew, and agrees then", async () => {
    const of = await level(2);
    const here = reconciling(of);
    await here.run();
    await loseDocument(of, OTHER);
    await write(of, 2);
    expect(await of.shown(OTHER)).not.toEqual(of.expected());
    of.laterMs += HOUR_MS;
    await here.run();
    const shown = of.expected().size;
    expect(here.told).toEqual([
      {
        primary: PRIMARY,
        position: 82,
        documents: shown - 1,
        primaryDocuments: shown,
        rebuilt: false,
      },
    ]);
    expect(await here.verdict()).toMatchObject({ verdict: "differs" });
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
    // At once: whether that has cured it.
    await here.run();
    expect(await here.verdict()).toMatchObject({ verdict: "agrees" });
    expect(here.told).toHaveLength(1);
  });

  test("the log was trimmed, and the newest snapshot is of the wrong copy: it is built of another region's", async () => {
    const of = await level(3);
    await loseDocument(of, OTHER);
    await write(of, 2);
    await snapshotOf(of);
    await write(of, 5);
    await snapshotOf(of);
    await of
      .start(PRIMARY)
      .upkeep.report(of.record.incarnation, OTHER, await pointOf(of), signal());
    await of.start(PRIMARY).keeper.keep(of.record, signal());
    expect((await of.upkeep.tail(of.record.incarnation, signal())).start).toBeGreaterThan(1);
    await snapshotOf(of, OTHER);
    await reconciling(of).run();
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("writes go on: it is unknown while the two are at different points, and found out some minutes later, not at once", async () => {
    const of = await level(4);
    await of.write(5);
    await of.catchUp(PRIMARY);
    const here = reconciling(of);
    await here.run();
    expect(await here.verdict()).toMatchObject({ verdict: "unknown", position: 80 });
    await of.catchUp(OTHER);
    await here.runs(0);
    of.laterMs += HOUR_MS / 12;
    await here.run();
    expect(await here.verdict()).toMatchObject({ verdict: "agrees", position: 85 });
  });

  test("writes come between the parts: both are read as they were at the first", async () => {
    const of = await level(7);
    const here = reconciling(of, OTHER, () => write(of, 1));
    await here.run();
    expect(here.parts).toBeGreaterThan(2);
    expect(of.history.length).toBeGreaterThan(82);
    expect(await here.verdict()).toMatchObject({ verdict: "agrees", position: 80 });
  });

  test("the primary's own copy is the wrong one: the other is built anew once, then it is only told, and the primary stays as it is", async () => {
    const of = await level(5);
    await loseDocument(of, PRIMARY);
    await write(of, 2);
    const wrong = await of.shown(PRIMARY);
    const here = reconciling(of);
    await here.run();
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    await here.run();
    expect(here.told.map(({ rebuilt }) => rebuilt)).toEqual([false, true]);
    const { tables } = await of.held(OTHER);
    await of.start(OTHER).resyncer.resync(of.record, signal());
    expect((await of.held(OTHER)).tables).toBe(tables);
    expect(await of.shown(PRIMARY)).toEqual(wrong);
    await reconciling(of, PRIMARY).runs(0);
    expect(await of.start(PRIMARY).notes.asked(signal())).toEqual(new Map());
  });

  test("two processes of a region: one of them reads", async () => {
    const of = await level(6);
    const [one, two] = [reconciling(of), reconciling(of)];
    await Promise.all([one.run(), two.run()]);
    const wholes = [one, two].filter(({ parts }) => parts > 0);
    expect(wholes).toHaveLength(1);
  });
});

/** Both regions have all of 80 writes. */
async function level(seed: number): Promise<SnapshotWorld> {
  const of = await regions.world(seed, 80);
  await of.catchUp(OTHER);
  return of;
}

/** Writes, and has both regions apply them. */
async function write(of: SnapshotWorld, count: number): Promise<void> {
  // To other documents than were written before: those are as they were.
  const before = of.history.length;
  await of.write(count, 1);
  expect(of.history).toHaveLength(before + count);
  for (const region of [PRIMARY, OTHER]) await of.catchUp(region);
}

/** A document goes that nobody has deleted, as if the disk had lost it; the next checkpoint shows it. */
async function loseDocument(of: SnapshotWorld, region: string): Promise<void> {
  const { store } = of.parts(region);
  const { layout, checkpoint } = await of.held(region);
  const view = await store.openView(layout, required(checkpoint, "held"), signal());
  const found = await view.scan(0, null, 100, null, signal());
  const lost = required(
    found.find(({ id }) => id !== "d0"),
    "a document of the first shard",
  );
  const gone = { id: lost.id, position: lost.position + 1, rows: [] };
  await store.apply(layout, 0, [gone], signal());
}

async function pointOf(of: SnapshotWorld) {
  return required((await of.held(OTHER)).checkpoint, "held").point;
}

/** A process of a region, and what it hears. @param betweenParts is done before each part of the primary's but the first */
function reconciling(of: SnapshotWorld, region = OTHER, betweenParts = async () => {}) {
  const { applier, placements, notes } = of.start(region);
  const redis = of.redisOf(region);
  const cache = new UpstashRegionCache(redis, (error) => {
    throw error;
  });
  const told: Difference[] = [];
  let parts = 0;
  let firsts = 0;
  const theirs = of.start(PRIMARY);
  const primaryContent: PrimaryContent = {
    part: async (record, point, from, abort) => {
      if (from !== null) await betweenParts();
      parts += 1;
      if (from === null) firsts += 1;
      const { store } = of.parts(PRIMARY);
      const deps = { ...theirs, store, partDocuments: PART_DOCUMENTS };
      return contentPart(deps, record, point, from, abort);
    },
  };
  const reconciler = new Reconciler({
    region,
    store: of.parts(region).store,
    placements,
    applier,
    partDocuments: PART_DOCUMENTS,
    primaryContent,
    cache,
    notes,
    leases: new UpstashLeases(redis, randomUUID),
    clock: { wallMs: () => Date.now() + of.laterMs, monotonicMs: () => performance.now() },
    sleep: async (_, abort) => delay(1, undefined, { signal: abort }),
    everyMs: HOUR_MS,
    onDiffering: (_, difference) => told.push(difference),
  });
  const run = () => reconciler.reconcile(of.record, signal());
  return {
    told,
    get parts() {
      return parts;
    },
    run,
    /** Runs, and expects the primary to be read so often. */
    runs: async (times: number) => {
      const before = firsts;
      await run();
      expect(firsts - before).toBe(times);
    },
    verdict: async () => cache.comparison(of.record.incarnation, signal()),
  };
}

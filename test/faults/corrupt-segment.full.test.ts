import { randomUUID } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { LanceDbScrub } from "../../lambdas/adapters/lancedb-scrub.ts";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { Scrubber } from "../../lambdas/scrub/scrubber.ts";
import { required } from "../../shared/std/assert.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
/** Of the files' age: what was written a moment ago is not read yet. */
const LATER_MS = 60_000;

describe("corrupt-segment: a byte of a data file is flipped", () => {
  test("of a replica: found by the next reading, shown to nobody, told, and the copy is built anew beside it", async () => {
    const of = await onLanceDb(51);
    const here = await scrubbing(of, OTHER);
    await here.run();
    await here.run();
    expect(here.found).toEqual([]);
    const flipped = await flip(here.tables, "data/", 0);
    await here.run();
    expect(here.found).toEqual([[flipped]]);
    await expect(of.shown(OTHER)).rejects.toMatchObject({ code: "copy-damaged" });
    const content = of.start(OTHER).content.of(of.record, signal());
    await expect(content).rejects.toMatchObject({ code: "copy-damaged" });
    // By processes that were not told, too.
    const anew = await openLanceDbStore({ root: here.root });
    const { layout, checkpoint } = await of.held(OTHER);
    const view = anew.openView(layout, required(checkpoint, "held"), signal());
    await expect(view).rejects.toMatchObject({ code: "copy-damaged" });
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
    expect((await of.held(OTHER)).layout.key).not.toBe(layout.key);
    const whole = await scrubbing(of, OTHER);
    await whole.run();
    await whole.run();
    expect(whole.found).toEqual([]);
    await of.write(10);
    for (const region of [PRIMARY, OTHER]) await of.catchUp(region);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  }, 60_000);

  test("of the primary, whose log was trimmed: it is built of another region's snapshot, of its own none is made", async () => {
    const of = await onLanceDb(52);
    await snapshotOf(of);
    await of.write(10);
    for (const region of [PRIMARY, OTHER]) await of.catchUp(region);
    await snapshotOf(of);
    await of.start(PRIMARY).keeper.keep(of.record, signal());
    expect((await of.upkeep.tail(of.record.incarnation, signal())).start).toBeGreaterThan(1);
    const here = await scrubbing(of, PRIMARY);
    await here.run();
    await flip(here.tables, "data/", 1);
    const { snapshotter } = of.start(PRIMARY, { scrub: here.data });
    const made = snapshotter.make(of.record, "asked", async () => undefined, signal());
    await expect(made).rejects.toThrow();
    await here.run();
    expect(here.found).toHaveLength(1);
    await expect(of.start(PRIMARY).resyncer.resync(of.record, signal())).rejects.toThrow(
      "no snapshot",
    );
    of.laterMs = LATER_MS;
    await of.start(OTHER).runner.run(async () => [of.record], signal());
    await of.start(PRIMARY).resyncer.resync(of.record, signal());
    await of.catchUp(PRIMARY);
    expect(await of.shown(PRIMARY)).toEqual(of.expected());
  }, 60_000);

  test("of any file but the newest version's hint, anywhere in it", async () => {
    const of = await onLanceDb(53);
    const here = await scrubbing(of, OTHER);
    await here.data.scrub(here.key, Infinity, signal());
    for (const kind of ["data/", "_versions/", "_transactions/"]) {
      for (let at = 0; at < 3; at++) {
        const flipped = await flip(here.tables, kind, at);
        expect(await here.data.check(here.key, signal())).toEqual([flipped]);
        expect((await here.data.scrub(here.key, Infinity, signal())).damaged).toEqual([flipped]);
        await flip(here.tables, kind, at);
      }
    }
    expect(await here.data.check(here.key, signal())).toEqual([]);
  }, 60_000);

  test("a few bytes at a time all of it is read in turn; what compaction replaced is no damage, and its digests go", async () => {
    const of = await onLanceDb(54);
    const here = await scrubbing(of, OTHER);
    await here.data.scrub(here.key, Infinity, signal());
    const spent = { bytes: 0 };
    const flipped = await flip(here.tables, "data/", 0);
    await here.scrubber.scrub(of.record, spent, signal());
    expect(here.found).toEqual([]);
    const some = { bytes: 1 };
    await here.scrubber.scrub({ ...of.record }, some, signal());
    expect(some.bytes).toBeLessThanOrEqual(0);
    let calls = 0;
    while ((await here.data.scrub(here.key, 1, signal())).damaged.length === 0) calls += 1;
    expect(calls).toBeLessThan((await files(here.tables)).length);
    await flip(here.tables, "data/", 0);
    for (let i = 0; i < 3; i++) {
      await of.write(5);
      await of.catchUp(OTHER);
      await of.start(OTHER).applier.maintain(of.record, signal());
      expect((await here.data.scrub(here.key, Infinity, signal())).damaged).toEqual([]);
    }
    const kept = JSON.parse(await readFile(path.join(here.tables, "digests.json"), "utf8"));
    expect(Object.keys(kept).toSorted()).toEqual((await files(here.tables)).toSorted());
    expect(flipped in kept).toBe((await files(here.tables)).includes(flipped));
  }, 60_000);
});

/** Both regions on LanceDB, and level. */
async function onLanceDb(seed: number): Promise<SnapshotWorld> {
  const [primary, other] = await Promise.all(
    [PRIMARY, OTHER].map((region) => openLanceDbStore({ root: rootOf(seed, region) })),
  );
  const stores = { primary: primary as VectorStore, other: other as VectorStore };
  const of = await regions.world(seed, 40, stores);
  roots.set(of, seed);
  await of.catchUp(OTHER);
  return of;
}

const roots = new WeakMap<SnapshotWorld, number>();

function rootOf(seed: number, region: string): string {
  return path.join(regions.folder(), `store-${seed}-${region}`);
}

/** The scrubber of a region, and what it found. */
async function scrubbing(of: SnapshotWorld, region: string) {
  const root = rootOf(required(roots.get(of), "a seed"), region);
  const { key } = (await of.held(region)).layout;
  const data = new LanceDbScrub(root, () => Date.now() + LATER_MS);
  const found: (readonly string[])[] = [];
  const { applier, placements, notes, sleep } = of.start(region);
  const scrubber = new Scrubber({
    data,
    placements,
    applier,
    notes,
    sleep,
    random: () => 0,
    leases: new UpstashLeases(of.redisOf(region), randomUUID),
    onDamaged: (_, names) => found.push(names),
  });
  const tables = path.join(root, key, "tables");
  return {
    root,
    key,
    tables,
    data,
    found,
    scrubber,
    run: () => scrubber.scrub(of.record, scrubber.budget(), signal()),
  };
}

async function files(tables: string): Promise<string[]> {
  const all = await readdir(tables, { recursive: true });
  const names: string[] = [];
  for (const name of all)
    if ((await stat(path.join(tables, name))).isFile() && !/digests|hint/.test(name))
      names.push(name);
  return names;
}

/** Flips a bit in the middle of a file of a kind; done again it is as it was. @returns its name */
async function flip(tables: string, kind: string, which: number): Promise<string> {
  const found = (await files(tables)).filter((name) => name.includes(kind)).toSorted();
  const name = required(found[which % found.length], `a file of ${kind}`);
  const file = path.join(tables, name);
  const bytes = await readFile(file);
  const at = (bytes.length * (which + 1)) >> 2;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
  return name;
}

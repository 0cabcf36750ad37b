import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { ShardKey } from "../../shared/domain/shard-map.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { Crash, CrashingStore, Region } from "./reshard-in-process.ts";

const signal = () => AbortSignal.timeout(60_000);
const BY_ID: ShardKey = { by: "id" };
const BY_TEAM: ShardKey = { by: "tag", field: "team" };
const BY_RANGE: ShardKey = { by: "range", field: "team", bounds: ["c", "h", "p"] };

let redis: RunningRedis;
let root: string;
beforeAll(async () => {
  redis = await startRedis("js");
  root = await mkdtemp(path.join(tmpdir(), "nearfield-reshard-"));
});
afterAll(async () => {
  await redis.stop();
  await rm(root, { recursive: true, force: true });
});

async function filled(store: VectorStore, seed: number, shards: number, documents: number) {
  const region = new Region(store, redis, seededRandom(seed), shards);
  await region.create();
  await region.write(documents, documents);
  await region.start().applier.catchUp(region.record, null, signal());
  return region;
}

const texts = (region: Region) =>
  new Map([...region.written].map(([id, { text }]): [string, string] => [id, text]));

function isCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}

/** Moves, crashing at the given calls of the store one after the other, with writes in between; then without a crash to the end. */
async function moveThrough(
  region: Region,
  inner: VectorStore,
  crashes: readonly { readonly call: number; readonly when: "before" | "after" }[],
): Promise<number> {
  let crashed = 0;
  for (const crashAt of crashes) {
    const crashing = new CrashingStore(inner);
    crashing.crashAt = crashAt;
    const { resharder } = region.start(crashing.store);
    try {
      await resharder.advance(region.record, signal());
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      crashed += 1;
    }
    await region.endLeases();
    await region.shown(); // Whole, whatever was left half done.
    await region.write(5, 400);
    const next = region.start();
    await next.applier.catchUp(region.record, null, signal());
    expect(await region.shown()).toEqual(texts(region));
  }
  await region.write(5, 400);
  const { resharder, applier } = region.start();
  await resharder.advance(region.record, signal());
  await applier.catchUp(region.record, null, signal());
  return crashed;
}

describe("a collection whose shards are changed", () => {
  test("a crash before and after every single call of the store: nothing is lost, twice, or on a wrong shard", async () => {
    const store = openMemoryStore();
    const clean = await filled(store, 1, 2, 450);
    await clean.want(3, BY_ID);
    const counting = new CrashingStore(store);
    await clean.start(counting.store).resharder.advance(clean.record, signal());
    expect(await clean.shown()).toEqual(texts(clean));
    expect(counting.calls).toBeGreaterThan(30);
    for (let call = 0; call < counting.calls; call++) {
      for (const when of ["before", "after"] as const) {
        const region = await filled(store, 2 + call, 2, 450);
        await region.want(3, BY_ID);
        const crashed = await moveThrough(region, store, [{ call, when }]);
        expect([call, when, crashed]).toEqual([call, when, 1]);
        expect(await region.shards()).toBe(3);
        expect(await region.shown()).toEqual(texts(region));
      }
    }
  }, 300_000);

  test("another process writes and applies before any one call of the store: what it acknowledged is shown at once", async () => {
    const store = openMemoryStore();
    let acknowledged = 0;
    for (let call = 0; ; call++) {
      const region = await filled(store, call, 2, 250);
      await region.want(3, BY_ID);
      const counting = new CrashingStore(store);
      let applied = false;
      const run = async () => {
        await region.write(5, 300);
        // Where the mover holds the lease, the write is not acknowledged yet.
        applied = await region
          .start()
          .applier.catchUp(region.record, null, AbortSignal.timeout(150))
          .then(
            () => true,
            () => false,
          );
        if (applied) expect(await region.shown()).toEqual(texts(region));
      };
      counting.interlude = { call, run };
      await region.start(counting.store).resharder.advance(region.record, signal());
      if (counting.calls <= call) break;
      if (applied) acknowledged += 1;
      else await region.start().applier.catchUp(region.record, null, signal());
      expect(await region.shards()).toBe(3);
      expect(await region.shown()).toEqual(texts(region));
    }
    expect(acknowledged).toBeGreaterThan(20);
  }, 300_000);

  test("a second change while the first is under way, moved by two processes at once: the same", async () => {
    const store = openMemoryStore();
    for (let call = 8; call < 44; call++) {
      const region = await filled(store, call, 4, 300);
      await region.want(8, BY_ID);
      const first = region.record;
      const crashing = new CrashingStore(store);
      crashing.crashAt = { call: 16, when: "after" };
      await region.start(crashing.store).resharder.advance(first, signal()).catch(isCrash);
      await region.endLeases();
      await region.want(3, BY_TEAM);
      const second = new CrashingStore(store);
      // While the second is filled, another process completes the first.
      const run = () => region.start().resharder.advance(first, signal());
      second.interlude = { call, run };
      await region.start(second.store).resharder.advance(region.record, signal());
      await region.write(10, 300);
      await region.start().applier.catchUp(region.record, null, signal());
      expect(await region.shards()).toBe(3);
      expect(await region.shown()).toEqual(texts(region));
    }
  }, 300_000);

  test("several crashes on the way, other keys and back: the same", async () => {
    const store = openMemoryStore();
    const crash = fc.record({
      call: fc.integer({ min: 0, max: 80 }),
      when: fc.constantFrom("before" as const, "after" as const),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.array(crash, { maxLength: 4 }),
        fc.constantFrom(BY_ID, BY_TEAM, BY_RANGE),
        async (seed, crashes, key) => {
          const region = await filled(store, seed, 3, 250);
          await region.want(4, key);
          await moveThrough(region, store, crashes);
          await region.write(30, 300);
          await region.start().applier.catchUp(region.record, null, signal());
          expect(await region.shown()).toEqual(texts(region));
          await region.want(2, BY_ID);
          await moveThrough(region, store, []);
          expect(await region.shards()).toBe(2);
          expect(await region.shown()).toEqual(texts(region));
        },
      ),
      { numRuns: 15 },
    );
  }, 300_000);

  test("on LanceDB, through crashes: the same; the old shards are removed once nobody can read them, and words are found", async () => {
    const store = await openLanceDbStore({ root });
    const region = await filled(store, 77, 4, 300);
    await region.want(6, BY_ID);
    const crashes = [3, 9, 14, 22, 30, 41].map((call) => ({ call, when: "after" as const }));
    await moveThrough(region, store, crashes);
    expect(await region.shards()).toBe(6);
    expect(await region.shown()).toEqual(texts(region));
    const tables = (map: number) =>
      path.join(root, `nf_${region.record.incarnation}_v1_m${map}`, "tables");
    await access(tables(1));
    region.laterMs = 120_000;
    await region.start().resharder.advance(region.record, signal());
    await expect(access(tables(1))).rejects.toMatchObject({ code: "ENOENT" });
    await access(tables(2));
    expect(await region.shown()).toEqual(texts(region));
    await store.close();
  }, 120_000);
});

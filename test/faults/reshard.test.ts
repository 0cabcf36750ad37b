import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { BY_ID, BY_RANGE, BY_TEAM, filled, moveThrough, signal, texts } from "./reshard-moves.ts";

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

describe("a collection whose shards are changed", () => {
  test("another process writes and applies before any one call of the store: what it acknowledged is shown at once", async () => {
    const store = openMemoryStore();
    let acknowledged = 0;
    for (let call = 0; ; call++) {
      const region = await filled(redis, store, call, 2, 250);
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
          const region = await filled(redis, store, seed, 3, 250);
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
    const region = await filled(redis, store, 77, 4, 300);
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

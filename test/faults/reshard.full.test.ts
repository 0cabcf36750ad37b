import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { BY_ID, BY_TEAM, filled, isCrash, moveThrough, signal, texts } from "./reshard-moves.ts";

let redis: RunningRedis;
beforeAll(async () => {
  redis = await startRedis("js");
});
afterAll(() => redis.stop());

describe("a collection whose shards are changed", () => {
  test("a crash before and after every single call of the store: nothing is lost, twice, or on a wrong shard", async () => {
    const store = openMemoryStore();
    const clean = await filled(redis, store, 1, 2, 450);
    await clean.want(3, BY_ID);
    const counting = new CrashingStore(store);
    await clean.start(counting.store).resharder.advance(clean.record, signal());
    expect(await clean.shown()).toEqual(texts(clean));
    expect(counting.calls).toBeGreaterThan(30);
    for (let call = 0; call < counting.calls; call++) {
      for (const when of ["before", "after"] as const) {
        const region = await filled(redis, store, 2 + call, 2, 450);
        await region.want(3, BY_ID);
        const crashed = await moveThrough(region, store, [{ call, when }]);
        expect([call, when, crashed]).toEqual([call, when, 1]);
        expect(await region.shards()).toBe(3);
        expect(await region.shown()).toEqual(texts(region));
      }
    }
  }, 300_000);

  test("a second change while the first is under way, moved by two processes at once: the same", async () => {
    const store = openMemoryStore();
    // From its first page to the last call before it holds the appliers' lease, which the other would wait for.
    for (let call = 8; call < 34; call++) {
      const region = await filled(redis, store, call, 4, 300);
      await region.want(8, BY_TEAM);
      const first = region.record;
      const crashing = new CrashingStore(store);
      crashing.crashAt = { call: 16, when: "after" };
      await region.start(crashing.store).resharder.advance(first, signal()).catch(isCrash);
      await region.endLeases();
      await region.want(3, BY_ID);
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
});

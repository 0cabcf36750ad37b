import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RetrieveRequest } from "../../shared/contracts/retrieve.ts";
import { UpstashRegionStore } from "../../workers/adapters/upstash-region-store.ts";
import { HALF_LIFE_MS, HOT_MAX } from "../../workers/adapters/hot-list-script.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);
const caller = { tenant: "t", keyId: "k", scopes: ["read" as const] };
const asked = (key: string, count: number) => ({
  key,
  count,
  query: { caller, request: RetrieveRequest.parse({ collection: "c", query: { text: key } }) },
});
const NOW_MS = 1_800_000_000_000;

/** The hot queries and jobs of a region's Redis, on an engine. @param engine `js`, or the path of a redis-server */
export function describeHotList(engine: string): void {
  describe(`the hot queries on ${engine}`, () => {
    let redis: RunningRedis;
    let store: UpstashRegionStore;
    const hottest = async (count = 10, nowMs = NOW_MS) =>
      (await store.hottest(count, nowMs, signal())).map(({ key }) => key);

    beforeAll(async () => {
      redis = await startRedis(engine);
      const entry = { name: "eu-central-1", latitude: 0, longitude: 0, redisUrl: redis.url };
      store = new UpstashRegionStore(entry, redis.token);
    });
    afterAll(() => redis.stop());

    test("counts of locations add up, and old ones weigh half as much after each half life", async () => {
      expect(await hottest()).toEqual([]);
      await store.heatUp([asked("old", 100), asked("b", 3)], NOW_MS, signal());
      await store.heatUp([asked("b", 3), asked("c", 5)], NOW_MS, signal());
      expect(await hottest()).toEqual(["old", "b", "c"]);
      expect(await hottest(1)).toEqual(["old"]);
      await store.heatUp([asked("c", 11), asked("d", 12)], NOW_MS + 4 * HALF_LIFE_MS, signal());
      // By then the 100 are worth 6.25, the 6 less than one, and 5 of the 16 a third of one.
      expect(await hottest()).toEqual(["d", "c", "old", "b"]);
      const [first] = await store.hottest(1, NOW_MS, signal());
      expect(first?.query).toEqual(asked("d", 1).query);
    });

    test("what hardly anybody asks any more is not hot", async () => {
      expect(await hottest(10, NOW_MS + 4 * HALF_LIFE_MS)).toEqual(["d", "c", "old"]);
      expect(await hottest(10, NOW_MS + 5 * HALF_LIFE_MS)).toEqual(["d", "c", "old"]);
      expect(await hottest(10, NOW_MS + 8 * HALF_LIFE_MS)).toEqual(["d", "c"]);
      expect(await hottest(10, NOW_MS + 9 * HALF_LIFE_MS)).toEqual([]);
    });

    test("the coolest give way where there are too many", async () => {
      const later = NOW_MS + 100 * HALF_LIFE_MS;
      for (let start = 0; start <= HOT_MAX; start += 50) {
        const fifty = Array.from({ length: 50 }, (_, i) => asked(`k${start + i}`, start + i + 2));
        await store.heatUp(fifty, later, signal());
      }
      const keys = await hottest(1_000);
      expect(keys).toHaveLength(HOT_MAX);
      expect(keys[0]).toBe(`k${HOT_MAX + 49}`);
      expect(keys).not.toContain("d");
      expect(keys).not.toContain("k0");
    });

    test("a job is read by its tenant alone, as it was written last", async () => {
      const job = {
        id: "eu-central-1.1",
        kind: "warm" as const,
        state: "running" as const,
        total: 2,
        done: 0,
        failed: [],
        createdMs: 1,
        updatedMs: 1,
      };
      await store.keepJob("t", job, signal());
      await store.keepJob("t", { ...job, done: 1 }, signal());
      expect(await store.job("t", job.id, signal())).toEqual({ ...job, done: 1 });
      expect(await store.job("other", job.id, signal())).toBeNull();
    });

    test("answers are read together in the order asked, null where there is none", async () => {
      await store.keepEntry("a", "1", signal());
      await store.keepEntry("b", "2", signal());
      expect(await store.entries(["b", "none", "a"], signal())).toEqual(["2", null, "1"]);
    });
  });
}

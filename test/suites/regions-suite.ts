import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Redis } from "@upstash/redis";
import { REGIONS_BYTES_MAX, REGIONS_KEYS } from "../../shared/contracts/regions-record.ts";
import { upstashOptions } from "../../shared/contracts/upstash-options.ts";
import { UpstashRegionStore } from "../../workers/adapters/upstash-region-store.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);

/** The regions record in a region's Redis, on an engine. @param engine `js`, or the path of a redis-server */
export function describeRegions(engine: string): void {
  describe(`the regions record on ${engine}`, () => {
    let server: RunningRedis;
    let redis: Redis;
    let store: UpstashRegionStore;

    beforeAll(async () => {
      server = await startRedis(engine);
      const entry = { name: "eu-central-1", latitude: 0, longitude: 0, redisUrl: server.url };
      store = new UpstashRegionStore(entry, server.token);
      redis = new Redis({ url: server.url, token: server.token, ...upstashOptions(10_000) });
    });
    beforeEach(() => redis.del(...Object.values(REGIONS_KEYS)));
    afterAll(() => server.stop());

    test("nothing, an empty text and a text are told apart", async () => {
      expect(await store.regions(signal())).toEqual({ published: null, kept: null });
      await redis.set(REGIONS_KEYS.published, "");
      expect(await store.regions(signal())).toEqual({ published: "", kept: null });
      await redis.set(REGIONS_KEYS.published, "{}");
      expect(await store.regions(signal())).toEqual({ published: "{}", kept: null });
    });

    test("of what is too large no more is read than says so, and it can be published over", async () => {
      await redis.set(REGIONS_KEYS.published, "x".repeat(100 * REGIONS_BYTES_MAX));
      const { published } = await store.regions(signal());
      expect(published).toHaveLength(REGIONS_BYTES_MAX + 1);
      expect(await store.publishRegions(published, 1, "one", signal())).toBe("taken");
      expect((await store.regions(signal())).published).toBe("one");
    });

    test("a record is published over what was read, and over nothing else", async () => {
      expect(await store.publishRegions(null, 1, "one", signal())).toBe("taken");
      const kept = { version: 1, text: "one" };
      expect(await store.regions(signal())).toEqual({ published: "one", kept });
      expect(await store.publishRegions(null, 2, "two", signal())).toBe("changed");
      await redis.set(REGIONS_KEYS.published, "bad");
      expect(await store.publishRegions("one", 2, "two", signal())).toBe("changed");
      expect(await store.publishRegions("bad", 2, "two", signal())).toBe("taken");
      expect((await store.regions(signal())).published).toBe("two");
    });

    test("what is kept only rises, and nothing is published below it", async () => {
      await store.keepRegions(9, "nine", signal());
      await store.keepRegions(10, "ten", signal());
      await store.keepRegions(2, "two", signal());
      expect((await store.regions(signal())).kept).toEqual({ version: 10, text: "ten" });
      for (const version of [9, 10])
        expect(await store.publishRegions(null, version, "old", signal())).toBe("changed");
      expect((await store.regions(signal())).published).toBeNull();
      expect(await store.publishRegions(null, 11, "eleven", signal())).toBe("taken");
    });

    test("a record that a location has brought is published all the same, another one of its version is not", async () => {
      await store.keepRegions(3, "three", signal());
      expect(await store.publishRegions(null, 3, "other", signal())).toBe("changed");
      expect(await store.publishRegions(null, 3, "three", signal())).toBe("taken");
      expect((await store.regions(signal())).published).toBe("three");
    });

    test("of many who publish at the same time one succeeds", async () => {
      const texts = Array.from({ length: 20 }, (_, i) => `record ${i}`);
      const outcomes = await Promise.all(
        texts.map((text) => store.publishRegions(null, 1, text, signal())),
      );
      expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(1);
      const { published, kept } = await store.regions(signal());
      expect(published).toBe(texts[outcomes.indexOf("taken")]);
      expect(kept).toEqual({ version: 1, text: published });
    });
  });
}

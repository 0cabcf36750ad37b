import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UpstashAliases } from "../../lambdas/adapters/upstash-aliases.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashLogSeeder } from "../../lambdas/adapters/upstash-log-seeder.ts";
import { UpstashSeals } from "../../lambdas/adapters/upstash-seals.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { collectionRecord } from "./collection-record.ts";
import { smallSegments } from "./small-segments.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);
const random = seededRandom(9);
const TAKEN = { code: "already-exists" };

/** The contract of aliases, on an engine. @param engine `js`, or the path of a redis-server */
export function describeAliases(engine: string): void {
  describe(`aliases on ${engine}`, () => {
    let redis: RunningRedis;
    let log: UpstashLog;
    let aliases: UpstashAliases;

    const client = () => createUpstashClient(redis.url, redis.token);
    beforeAll(async () => {
      redis = await startRedis(engine);
      log = new UpstashLog(client(), smallSegments());
      aliases = new UpstashAliases(client());
    });
    afterAll(() => redis.stop());

    const newRecord = (name: string) =>
      collectionRecord({ name, incarnation: randomName(12, random) });
    const made = (name: string = randomUUID()) => log.register(newRecord(name), signal());

    test("one names what it was put to last, with a version that rises; put again nothing changes", async () => {
      const [a, b] = [await made(), await made()];
      const first = await aliases.put("t", "live", a.name, signal());
      expect(first).toEqual({ alias: "live", collection: a.name, version: first.version });
      expect(await aliases.put("t", "live", a.name, signal())).toEqual(first);
      const second = await aliases.put("t", "live", b.name, signal());
      expect(second.version).toBeGreaterThan(first.version);
      expect(await aliases.target("t", "live", signal())).toBe(b.name);
      expect(await aliases.list("t", signal())).toEqual([second]);
      expect(await aliases.remove("t", "live", signal())).toBe(true);
      expect(await aliases.remove("t", "live", signal())).toBe(false);
      expect(await aliases.target("t", "live", signal())).toBeNull();
      const third = await aliases.put("t", "live", a.name, signal());
      expect(third.version).toBeGreaterThan(second.version);
    });

    test("a name is a collection's or an alias, whichever was first; another tenant's is its own", async () => {
      const [a, b] = [await made(), await made()];
      await expect(aliases.put("t", b.name, a.name, signal())).rejects.toMatchObject(TAKEN);
      await aliases.put("t", "taken", a.name, signal());
      await expect(made("taken")).rejects.toMatchObject(TAKEN);
      const seeded = newRecord("taken");
      const seeder = new UpstashLogSeeder(client(), smallSegments());
      await seeder.begin(seeded, originPoint(seeded.incarnation, 1), 1, signal());
      await expect(seeder.register(seeded, signal())).rejects.toMatchObject(TAKEN);
      const missing = { code: "not-found" };
      await expect(aliases.put("t", "x", "taken", signal())).rejects.toMatchObject(missing);
      await expect(aliases.put("u", "x", a.name, signal())).rejects.toMatchObject(missing);
      expect(await aliases.target("u", "taken", signal())).toBeNull();
      expect(await aliases.list("u", signal())).toEqual([]);
    });

    test("a reading through it is of the collection that it names in that very step, or none", async () => {
      const [a, b] = [await made(), await made()];
      await aliases.put("t", "read", a.name, signal());
      const reading = await aliases.confirm("read", a, signal());
      expect(reading).toMatchObject({ head: { position: 0 }, sealed: null });
      expect(await aliases.confirm("read", b, signal())).toBeNull();
      await aliases.put("t", "read", b.name, signal());
      expect(await aliases.confirm("read", a, signal())).toBeNull();
      await aliases.remove("t", "read", signal());
      expect(await aliases.confirm("read", b, signal())).toBeNull();
    });

    test("one whose collection was deleted leads to a seal, then to whatever has the name", async () => {
      const a = await made("named");
      await aliases.put("t", "dangling", a.name, signal());
      await new UpstashSeals(client()).seal(a, { to: null, held: null }, signal());
      expect((await aliases.confirm("dangling", a, signal()))?.sealed).not.toBeNull();
      expect(await aliases.target("t", "dangling", signal())).toBe("named");
      const next = await made("named");
      expect((await aliases.confirm("dangling", next, signal()))?.sealed).toBeNull();
    });

    test("there are only so many", async () => {
      const a = await made();
      const others = Array.from({ length: LIMITS.aliasesMax }, (_, i) => [`["y","${i}"]`, "1 a"]);
      await client().hset("nf:aliases", Object.fromEntries(others));
      await expect(aliases.put("t", "more", a.name, signal())).rejects.toMatchObject({
        code: "limit-exceeded",
      });
    });
  });
}

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashLogUpkeep } from "../../lambdas/adapters/upstash-log-upkeep.ts";
import { UpstashPromotions } from "../../lambdas/adapters/upstash-promotions.ts";
import { UpstashSeals } from "../../lambdas/adapters/upstash-seals.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import type { SealOutcome } from "../../lambdas/ports/seals.ts";
import { followLine } from "../../lambdas/replicate/judge.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { originPoint, type Point } from "../../shared/domain/point.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { collectionRecord } from "./collection-record.ts";
import { smallSegments } from "./small-segments.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);
const random = seededRandom(8);
const MOVED = { code: "collection-moved" };
const DAY_MS = 24 * 3_600_000;

/** The contract of seals and tombstones, on an engine. @param engine `js`, or the path of a redis-server */
export function describeSeals(engine: string): void {
  describe(`the log's seal on ${engine}`, () => {
    let redis: RunningRedis;
    let log: UpstashLog;
    let seals: UpstashSeals;
    let promotions: UpstashPromotions;

    const client = () => createUpstashClient(redis.url, redis.token);
    beforeAll(async () => {
      redis = await startRedis(engine);
      log = new UpstashLog(client(), smallSegments());
      seals = new UpstashSeals(client());
      promotions = new UpstashPromotions(client());
    });
    afterAll(() => redis.stop());

    const made = async (name: string = randomUUID()) =>
      log.register(collectionRecord({ name, incarnation: randomName(12, random) }), signal());
    const append = (to: CollectionRecord, key: string, json: string) =>
      log.append(
        to,
        { idempotencyScope: key, requestDigest: json, held: null, entries: [json] },
        signal(),
      );
    const seal = (of: CollectionRecord, held: Point | null = null) =>
      seals.seal(of, { to: null, held }, signal());
    const sealed = async (of: CollectionRecord) => sealOf(await seal(of));
    const tombstone = async ({ incarnation }: CollectionRecord) =>
      (await seals.tombstones(signal())).find(({ record }) => record.incarnation === incarnation);
    /** As if it had been sealed so much earlier. */
    const age = async ({ incarnation }: CollectionRecord, ms: number) => {
      const value = String(await client().hget("nf:tombstones", incarnation));
      const [at, ...rest] = value.split(" ");
      const earlier = [Number(at) - ms, ...rest].join(" ");
      await client().hset("nf:tombstones", { [incarnation]: earlier });
    };

    test("it is the log's last entry, on its line: nothing is appended behind it, and what was before keeps its stored result", async () => {
      const to = await made();
      const first = await append(to, "a", "1");
      const { point, at } = await sealed(to);
      expect(await append(to, "b", "2")).toEqual({ kind: "collection-moved" });
      expect(await append(to, "a", "1")).toMatchObject({ ...first, kind: "repeated" });
      expect(await append(to, "a", "other")).toEqual({ kind: "idempotency-mismatch" });
      const known = { idempotencyScope: "a", requestDigest: "1" };
      expect(await log.taken(to, known, signal())).toMatchObject({ ...first, kind: "repeated" });
      const { entries, head, sealed: read } = await log.pull(to, 1, signal());
      expect(entries.map(({ json }) => JSON.parse(json))).toEqual([
        1,
        { v: 1, kind: "sealed", to: null },
      ]);
      expect(followLine(originPoint(to.incarnation, 1), entries)).toEqual(head);
      expect(point).toEqual(head);
      expect(read).toEqual(at);
      expect(entries.at(-1)?.at).toEqual(at);
    });

    test("every reading tells when it was, and the log's clock goes on", async () => {
      const to = await made();
      expect((await log.confirm(to, signal())).sealed).toBeNull();
      const { at } = await sealed(to);
      for (const reading of [await log.confirm(to, signal()), await log.pull(to, 1, signal())]) {
        expect(reading.sealed).toEqual(at);
        expect(reading.now.timeMs).toBeGreaterThanOrEqual(at.timeMs);
      }
      expect((await log.dirty(0, signal())).incarnations).toContain(to.incarnation);
    });

    test("in the same step the name is free, and a tombstone is left; a new one of that name has nothing to do with it", async () => {
      const old = await made("again");
      await append(old, "a", "1");
      const first = await sealed(old);
      expect(await log.collection(old.tenant, old.name, signal())).toBeNull();
      expect(await tombstone(old)).toEqual({ record: old, removedBy: [] });
      const next = await made("again");
      expect(next.incarnation).not.toBe(old.incarnation);
      expect(await append(next, "a", "1")).toMatchObject({ kind: "appended" });
      expect(await append(old, "b", "2")).toEqual({ kind: "collection-moved" });
      // Whoever repeats it is told of the seal that stands, and does not touch the new one.
      expect(await sealed(old)).toEqual(first);
      const reborn = { ...old, term: 2 };
      expect(await promotions.promote(old, { seenTerm: 1, next: reborn }, signal())).toBeNull();
      expect(await log.collection(old.tenant, old.name, signal())).toEqual(next);
    });

    test("of seals and appends at once every append is before the seal, or refused", async () => {
      const to = await made();
      const writes = Array.from({ length: 8 }, (_, i) => append(to, `k${i}`, `${i}`));
      const [end, ...outcomes] = await Promise.all([sealed(to), ...writes]);
      const taken = outcomes.filter(({ kind }) => kind === "appended");
      expect(end.point.position).toBe(taken.length + 1);
      expect(outcomes.filter(({ kind }) => kind === "collection-moved")).toHaveLength(
        8 - taken.length,
      );
      expect((await log.confirm(to, signal())).head).toEqual(end.point);
    });

    test("an old term, a changed record, a lost tail and a restarted log are not sealed, and nothing is written", async () => {
      const to = await made();
      await append(to, "a", "1");
      expect(await seal({ ...to, term: 2 })).toEqual({ kind: "stale-term" });
      expect(await seal({ ...to, incarnation: "zzzzzzzzzzzz" })).toEqual({
        kind: "unknown-collection",
      });
      const { head } = await log.confirm(to, signal());
      expect(await seal(to, { ...head, position: 9 })).toEqual({ kind: "log-restarted" });
      await redis.restart();
      expect(await seal(to)).toEqual({ kind: "log-restarted" });
      expect(await log.collection(to.tenant, to.name, signal())).toEqual(to);
      expect(await tombstone(to)).toBeUndefined();
      const next = { ...to, term: 2 };
      await promotions.promote(to, { seenTerm: 1, next }, signal());
      expect(await seal(to)).toEqual({ kind: "stale-term" });
      expect(await sealed(next)).toMatchObject({
        point: { term: 2, position: 2 },
        at: { term: 2 },
      });
    });

    test("it outlives a restart, takes no promotion, and can be trimmed up to", async () => {
      const to = await made();
      await append(to, "a", "1");
      await append(to, "b", "2");
      const { head } = await log.confirm(to, signal());
      await sealed(to);
      const upkeep = new UpstashLogUpkeep(client());
      expect(await upkeep.trim(to.incarnation, head, 1_000, signal())).toEqual({
        start: 3,
        more: false,
      });
      await redis.restart();
      expect(await append(to, "c", "3")).toEqual({ kind: "log-restarted" });
      const next = { ...to, term: 2 };
      expect(await promotions.promote(to, { seenTerm: 1, next }, signal())).toBeNull();
      expect(await log.collection(to.tenant, to.name, signal())).toBeNull();
      expect(await tombstone(to)).toBeDefined();
    });

    test("a seal in a tail that is lost is lost whole: the collection goes on after a promotion", async () => {
      const to = await made();
      await append(to, "a", "1");
      const bytes = await redis.fileBytes();
      await sealed(to);
      await redis.restart(bytes);
      expect(await log.collection(to.tenant, to.name, signal())).toEqual(to);
      expect(await tombstone(to)).toBeUndefined();
      const next = { ...to, term: 2 };
      await promotions.promote(to, { seenTerm: 1, next }, signal());
      expect((await log.confirm(next, signal())).sealed).toBeNull();
      expect(await append(next, "b", "2")).toMatchObject({ kind: "appended" });
    });

    test("once every region has removed its part the log is gone; after a day the tombstone is", async () => {
      const to = await made();
      await append(to, "a", "1");
      await sealed(to);
      const removed = (region: string) => seals.removed(to.incarnation, region, 2, signal());
      await removed("us-east-1");
      await removed("us-east-1");
      expect(await tombstone(to)).toMatchObject({ removedBy: ["us-east-1"] });
      expect((await log.confirm(to, signal())).sealed).not.toBeNull();
      await removed("eu-central-1");
      await expect(log.confirm(to, signal())).rejects.toMatchObject(MOVED);
      await expect(log.pull(to, 1, signal())).rejects.toMatchObject(MOVED);
      expect(await append(to, "a", "1")).toEqual({ kind: "unknown-collection" });
      expect(await seal(to)).toEqual({ kind: "unknown-collection" });
      expect(await tombstone(to)).toMatchObject({ removedBy: ["us-east-1", "eu-central-1"] });
      await age(to, DAY_MS);
      await removed("us-east-1");
      expect(await tombstone(to)).toBeUndefined();
      await removed("eu-central-1"); // Of what is gone: nothing.
    });

    test("a region that never says so is waited for a week, and no longer", async () => {
      const to = await made();
      await sealed(to);
      await age(to, 6 * DAY_MS);
      await seals.removed(to.incarnation, "us-east-1", 2, signal());
      expect((await log.confirm(to, signal())).sealed).not.toBeNull();
      await age(to, DAY_MS);
      await seals.removed(to.incarnation, "us-east-1", 2, signal());
      await expect(log.confirm(to, signal())).rejects.toMatchObject(MOVED);
      expect(await tombstone(to)).toBeUndefined();
    });

    test("there are only so many tombstones: then nothing more is sealed", async () => {
      const to = await made();
      const others = Array.from({ length: LIMITS.tombstonesMax }, (_, i) => [`x${i}`, "0  {}"]);
      await client().hset("nf:tombstones", Object.fromEntries(others));
      expect(await seal(to)).toEqual({ kind: "full" });
      expect(await log.collection(to.tenant, to.name, signal())).toEqual(to);
      await client().hdel("nf:tombstones", ...others.map(([field]) => String(field)));
      await sealed(to);
    });
  });
}

function sealOf(outcome: SealOutcome): Extract<SealOutcome, { kind: "sealed" }> {
  if (outcome.kind !== "sealed") throw new Error(`not sealed: ${outcome.kind}`);
  return outcome;
}

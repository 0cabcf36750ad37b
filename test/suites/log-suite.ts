import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { BlobSegments } from "../../lambdas/adapters/blob-segments.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { UpstashPromotions } from "../../lambdas/adapters/upstash-promotions.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { followLine } from "../../lambdas/replicate/judge.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { AppendOutcome } from "../../lambdas/ports/write-log.ts";
import { standingToHead } from "../../shared/domain/line.ts";
import { originPoint, type Point } from "../../shared/domain/point.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { collectionRecord } from "./collection-record.ts";
import { describeSegmentsOf } from "./log-segments-suite.ts";
import { smallSegments } from "./small-segments.ts";
import { SimulatedBlobs } from "../simulate/simulated-blobs.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);
const random = seededRandom(7);

function record(name: string): CollectionRecord {
  return collectionRecord({ name, incarnation: randomName(12, random) });
}

/** The contract of the log and of the leases, on an engine. @param engine `js`, or the path of a redis-server */
export function describeLog(engine: string): void {
  describe(`the log on ${engine}`, () => {
    let redis: RunningRedis;
    let log: UpstashLog;
    const blobs = new SimulatedBlobs();

    beforeAll(async () => {
      redis = await startRedis(engine);
      log = newLog();
    });
    afterAll(() => redis.stop());

    /** As a new process has it, which has read nothing yet. */
    const newLog = (of: BlobStore = blobs) =>
      new UpstashLog(createUpstashClient(redis.url, redis.token), smallSegments(of));

    const made = async () => log.register(record(randomUUID()), signal());
    const append = (
      to: CollectionRecord,
      key: string,
      entries: string[],
      requestDigest = entries.join(),
    ) => log.append(to, { idempotencyScope: key, requestDigest, held: null, entries }, signal());

    test("a name is taken once, and gives the record that stands", async () => {
      const first = await log.register(record("twice"), signal());
      expect(await log.register(record("twice"), signal())).toEqual(first);
      expect(await log.collection("t", "twice", signal())).toEqual(first);
      expect(await log.collection("u", "twice", signal())).toBeNull();
      expect(await log.collections(signal())).toContainEqual(first);
    });

    test("positions are dense, in order, and the chain is the one that readers compute", async () => {
      const to = await made();
      await append(to, "a", ["1", "2"]);
      const outcome = await append(to, "b", ["3"]);
      const { entries, head } = await log.pull(to, 1, signal());
      expect(entries.map(({ json, position }) => [json, position])).toEqual([
        ["1", 1],
        ["2", 2],
        ["3", 3],
      ]);
      expect(followLine(originPoint(to.incarnation, 1), entries)).toEqual(head);
      expect(outcome).toMatchObject({ kind: "appended", point: head });
    });

    test("eight writers at once leave no hole and no position twice", async () => {
      const to = await made();
      await Promise.all(
        Array.from({ length: 8 }, (_, w) => append(to, `w${w}`, [`${w}a`, `${w}b`])),
      );
      const { entries, head } = await log.pull(to, 1, signal());
      expect(entries.map(({ position }) => position)).toEqual(
        Array.from({ length: 16 }, (_, i) => i + 1),
      );
      expect(followLine(originPoint(to.incarnation, 1), entries)).toEqual(head);
    });

    test("a known key gives its stored point and appends nothing; with another request it is refused", async () => {
      const to = await made();
      const first = await append(to, "k", ["1"]);
      await append(to, "other", ["2"]);
      expect(await append(to, "k", ["1"])).toMatchObject({
        kind: "repeated",
        point: "point" in first ? first.point : null,
      });
      expect(await append(to, "k", ["1"], "another digest")).toEqual({
        kind: "idempotency-mismatch",
      });
      expect((await log.confirm(to, signal())).head.position).toBe(2);
    });

    test("an old term, an old schema and an unknown collection are refused, and nothing is written", async () => {
      const to = await made();
      expect(await append({ ...to, term: 2 }, "a", ["x"])).toEqual({ kind: "stale-term" });
      expect(await append({ ...to, schemaVersion: 2 }, "a", ["x"])).toEqual({
        kind: "stale-schema",
      });
      expect(await append({ ...to, incarnation: "zzzzzzzzzzzz" }, "a", ["x"])).toEqual({
        kind: "unknown-collection",
      });
      expect((await log.confirm(to, signal())).head.position).toBe(0);
    });

    test("the schema rises once, with an entry that says so; what was prepared for the one before is refused", async () => {
      const to = await made();
      await append(to, "before", ["1"]);
      const next = { ...to, schemaVersion: 2 };
      const raise = (record: CollectionRecord, key: string) =>
        log.append(
          record,
          {
            idempotencyScope: key,
            requestDigest: key,
            held: null,
            entries: ["schema"],
            raisesSchema: true,
          },
          signal(),
        );
      expect(await raise(next, "a")).toMatchObject({ kind: "appended", point: { position: 2 } });
      expect(await raise(next, "b")).toMatchObject({ kind: "repeated", point: { position: 2 } });
      expect(await raise(to, "c")).toEqual({ kind: "stale-schema" });
      expect(await append(to, "late", ["2"])).toEqual({ kind: "stale-schema" });
      expect(await append(next, "new", ["3"])).toMatchObject({ kind: "appended" });
      // Before the schema rose it was appended: so it is known.
      expect(await append(to, "before", ["1"])).toMatchObject({ kind: "repeated" });
      expect((await log.pull(to, 1, signal())).entries.map(({ json }) => json)).toEqual([
        "1",
        "schema",
        "3",
      ]);
    });

    test("a log that ends before what the writer's region holds takes nothing more, and no more does one with another history", async () => {
      const to = await made();
      await append(to, "a", ["1"]);
      const { head } = await log.confirm(to, signal());
      const with_ = (held: typeof head) =>
        log.append(
          to,
          {
            idempotencyScope: `k${held.position}${held.chain}`,
            requestDigest: "d",
            held,
            entries: ["2"],
          },
          signal(),
        );
      expect(await with_({ ...head, position: head.position + 1 })).toEqual({
        kind: "log-restarted",
      });
      expect(await with_({ ...head, chain: "0".repeat(40) })).toEqual({ kind: "log-restarted" });
      expect(await with_(head)).toMatchObject({ kind: "appended" });
    });

    test("a pull goes on where it is told, and is bounded", async () => {
      const to = await made();
      const big = "x".repeat(200_000);
      const inline = new UpstashLog(
        createUpstashClient(redis.url, redis.token),
        new BlobSegments(blobs, Date.now, {
          inlineEntryBytesMax: 300_000,
          inlineAppendBytesMax: 300_000,
          segmentBytesMax: 300_000,
        }),
      );
      for (let i = 0; i < 5; i++)
        await inline.append(
          to,
          {
            idempotencyScope: `k${i}`,
            requestDigest: `k${i}`,
            held: null,
            entries: [`${i}${big}`],
          },
          signal(),
        );
      const first = await log.pull(to, 1, signal());
      expect(first.entries.length).toBeGreaterThan(0);
      expect(first.entries.length).toBeLessThan(5);
      expect(first.head.position).toBe(5);
      const next = await log.pull(to, first.entries.length + 1, signal());
      expect(next.entries[0]?.position).toBe(first.entries.length + 1);
      expect((await log.pull(to, 6, signal())).entries).toEqual([]);
    });

    test("the log's time never falls, and steps only when its engine's clock does", async () => {
      const to = await made();
      const times = [];
      for (let i = 0; i < 20; i++) times.push((await log.confirm(to, signal())).now);
      for (const [i, now] of times.slice(1).entries()) {
        expect(now.timeMs).toBeGreaterThanOrEqual(times[i]?.timeMs ?? Number.POSITIVE_INFINITY);
        expect(now.step).toBe(0);
      }
    });

    test("collections written since a moment are told, others are not", async () => {
      const [quiet, busy] = [await made(), await made()];
      const { nowMs } = await log.dirty(0, signal());
      await delay(5);
      await append(busy, "a", ["1"]);
      const { incarnations } = await log.dirty(nowMs + 1, signal());
      expect(incarnations).toContain(busy.incarnation);
      expect(incarnations).not.toContain(quiet.incarnation);
    });

    test("entries are bytes to the log: nothing of them is read or changed", async () => {
      const to = await made();
      const hostile = [
        '{"a":1}',
        "1e999",
        "null",
        "\u0000\r\n*3\r\n$3",
        "🐯 é e\u0301",
        "' .. os.exit() .. '",
      ];
      await append(to, "h", hostile);
      expect((await log.pull(to, 1, signal())).entries.map(({ json }) => json)).toEqual(hostile);
    });

    describeSegmentsOf(() => ({ log, newLog, made, append, redis, blobs }));

    describe("its terms", () => {
      const promotions = () => new UpstashPromotions(createUpstashClient(redis.url, redis.token));
      const promote = async (of: CollectionRecord, term: number, primary = of.primary) => {
        const next = { ...of, term, primary };
        const reading = await promotions().promote(of, { seenTerm: of.term, next }, signal());
        return { next, reading };
      };
      const lua = (script: string, of: CollectionRecord, args: string[] = []) =>
        createUpstashClient(redis.url, redis.token).eval(
          script,
          [`nf:{${of.incarnation}}:head`, `nf:{${of.incarnation}}:log`],
          args,
        );
      const unavailable = { code: "log-unavailable" };

      test("a restart is noticed by whatever asks, with nothing lost too; after a promotion all goes on where it was", async () => {
        const to = await made();
        const first = await append(to, "a", ["1"]);
        await redis.restart();
        expect(await append(to, "b", ["2"])).toEqual({ kind: "log-restarted" });
        await expect(log.confirm(to, signal())).rejects.toMatchObject(unavailable);
        await expect(log.pull(to, 1, signal())).rejects.toMatchObject(unavailable);
        const known = { idempotencyScope: "a", requestDigest: "1" };
        await expect(log.taken(to, known, signal())).rejects.toMatchObject(unavailable);
        const seen = await promotions().inspect(to, signal());
        expect(seen).toMatchObject({ stands: false, term: 1, head: { term: 1, position: 1 } });

        const { next, reading } = await promote(to, 4, "eu-central-1");
        expect(reading).toMatchObject({
          terms: [{ term: 1, first: 1 }],
          now: { term: 4, step: 1 },
        });
        expect(reading?.head).toEqual("point" in first ? first.point : null);
        expect(await log.collection(to.tenant, to.name, signal())).toEqual(next);
        expect(await append(to, "b", ["2"])).toEqual({ kind: "stale-term" });
        expect(await append(next, "a", ["1"])).toMatchObject({ ...first, kind: "repeated" });
        expect(await append(next, "b", ["2"])).toMatchObject({ point: { term: 4, position: 2 } });
        const { entries, head, terms } = await log.pull(to, 1, signal());
        expect(followLine(originPoint(to.incarnation, 1), entries)).toEqual(head);
        expect(terms).toEqual([
          { term: 1, first: 1 },
          { term: 4, first: 2 },
        ]);
      });

      test("a tail that is lost is given out anew in the next term, and its keys are forgotten with it", async () => {
        const to = await made();
        await append(to, "kept", ["1"]);
        const bytes = await redis.fileBytes();
        const lost = await append(to, "lost", ["2", "3"]);
        await redis.restart(bytes);
        const seen = await promotions().inspect(to, signal());
        expect(seen).toMatchObject({ stands: false, head: { position: 1 } });
        expect(standingToHead(pointOf(lost), seen ?? never())).toBe("lost");
        const { next } = await promote(to, 2);
        const again = await append(next, "lost", ["2", "3"]);
        expect(again).toMatchObject({ kind: "appended", point: { term: 2, position: 3 } });
        const reading = await log.confirm(next, signal());
        expect(standingToHead(pointOf(lost), reading)).toBe("lost");
        expect(standingToHead(pointOf(again), reading)).toBe("level");
      });

      test("a stream that lost its end, though head did not: nothing is answered, and after a promotion a key counts only on the line", async () => {
        const to = await made();
        await append(to, "a", ["1"]);
        await append(to, "b", ["2"]);
        const shorten = `local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', '1')[1]
          redis.call('DEL', KEYS[2])
          return redis.call('XADD', KEYS[2], first[1], unpack(first[2]))`;
        await lua(shorten, to);
        await expect(log.confirm(to, signal())).rejects.toMatchObject(unavailable);
        expect(await append(to, "b", ["2"])).toEqual({ kind: "log-restarted" });
        const { next } = await promote(to, 2);
        const known = { idempotencyScope: "b", requestDigest: "2" };
        expect(await log.taken(next, known, signal())).toBeNull();
        expect(await append(next, "b", ["2"])).toMatchObject({
          kind: "appended",
          point: { term: 2, position: 2 },
        });
      });

      test("a stream that is gone altogether is begun anew, in a later term", async () => {
        const to = await made();
        await append(to, "a", ["1", "2"]);
        await lua("return redis.call('DEL', KEYS[2])", to);
        await expect(log.pull(to, 1, signal())).rejects.toMatchObject(unavailable);
        expect(await promotions().inspect(to, signal())).toMatchObject({
          stands: false,
          head: originPoint(to.incarnation, 1),
        });
        const { next, reading } = await promote(to, 2);
        expect(reading).toMatchObject({ head: originPoint(to.incarnation, 1), terms: [] });
        await append(next, "b", ["3"]);
        const { head, terms } = await log.confirm(next, signal());
        expect({ head, terms }).toMatchObject({
          head: { term: 2, position: 1 },
          terms: [{ term: 2, first: 1 }],
        });
      });

      test("a log that was trimmed and is gone altogether is not begun anew: nobody could follow it", async () => {
        const to = await made();
        await append(to, "a", ["1", "2"]);
        await lua(
          "redis.call('HSET', KEYS[1], 'start', '2') return redis.call('DEL', KEYS[2])",
          to,
        );
        await expect(promote(to, 2)).rejects.toMatchObject(unavailable);
        expect(await promotions().inspect(to, signal())).toMatchObject({ term: 1, stands: false });
      });

      test("of promotions at once one is done; one that was read before another, or would not raise the term, is not", async () => {
        const to = await made();
        const outcomes = await Promise.all([2, 3, 4].map((term) => promote(to, term)));
        const done = outcomes.filter(({ reading }) => reading !== null);
        expect(done).toHaveLength(1);
        expect((await promote(to, 9)).reading).toBeNull();
        const { next } = done[0] ?? never();
        expect((await promote(next, next.term)).reading).toBeNull();
        expect(await append(next, "a", ["1"])).toMatchObject({ point: { term: next.term } });
      });

      test("what a region holds of an earlier term does not stop its writes: the promotion has judged it", async () => {
        const to = await made();
        await append(to, "a", ["1"]);
        const { head } = await log.confirm(to, signal());
        const { next } = await promote(to, 2);
        const held = { ...head, position: 7 };
        const request = { idempotencyScope: "b", requestDigest: "2", held, entries: ["2"] };
        expect(await log.append(next, request, signal())).toMatchObject({ kind: "appended" });
      });

      test("a log of before there were promotions goes on, and notices a restart from then on", async () => {
        const to = await made();
        await append(to, "a", ["1"]);
        await lua("return redis.call('HDEL', KEYS[1], 'run', 'entryTerm', 'terms')", to);
        expect(await append(to, "a", ["1"])).toMatchObject({ kind: "repeated" });
        expect(await append(to, "b", ["2"])).toMatchObject({ point: { term: 1, position: 2 } });
        expect((await log.confirm(to, signal())).terms).toEqual([{ term: 1, first: 1 }]);
        await redis.restart();
        await expect(log.confirm(to, signal())).rejects.toMatchObject(unavailable);
        const { next } = await promote(to, 2);
        expect(await append(next, "c", ["3"])).toMatchObject({ point: { term: 2, position: 3 } });
      });
    });

    describe("its leases", () => {
      const leases = () =>
        new UpstashLeases(createUpstashClient(redis.url, redis.token), randomUUID);

      test("one holds it; released, the next gets a higher fence", async () => {
        const first = await leases().acquire("inc-a", 0, signal());
        expect(await leases().acquire("inc-a", 0, signal())).toBeNull();
        await first?.release(signal());
        const second = await leases().acquire("inc-a", 0, signal());
        expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
        expect(await first?.renew(signal())).toBe(false);
      });

      test("a fence is above the checkpoint's, even if the counter was lost", async () => {
        expect((await leases().acquire("inc-b", 41, signal()))?.fence).toBe(42);
      });

      test("a lease that is not renewed ends; one that is goes on", async () => {
        const kept = await leases().acquire("inc-c", 0, signal());
        await leases().acquire("inc-d", 0, signal());
        await delay(2_000);
        expect(await kept?.renew(signal())).toBe(true);
        await delay(1_300);
        expect(await leases().acquire("inc-c", 0, signal())).toBeNull();
        expect(await leases().acquire("inc-d", 0, signal())).not.toBeNull();
      });
    });
  });
}

function pointOf(outcome: AppendOutcome): Point {
  return "point" in outcome ? outcome.point : never();
}

function never(): never {
  throw new Error("the log did what it had to refuse, or the other way round");
}

import { describe, expect, test } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLogUpkeep } from "../../lambdas/adapters/upstash-log-upkeep.ts";
import type { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { AppendOutcome } from "../../lambdas/ports/write-log.ts";
import { followLine, LineBroken, readEntries } from "../../lambdas/replicate/judge.ts";
import { wholeBehind } from "../../lambdas/resync/log-line.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { wrapped } from "../simulate/wrapped.ts";
import { SMALL_SIZES } from "./small-segments.ts";
import type { RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(20_000);
const { inlineEntryBytesMax, inlineAppendBytesMax } = SMALL_SIZES;
const long = (text: string) => text.padEnd(inlineEntryBytesMax + 1, "ü\u{1F426}");

export interface LogWithSegments {
  readonly log: UpstashLog;
  /** As a new process has it, which has read nothing yet. */
  readonly newLog: (blobs?: BlobStore) => UpstashLog;
  readonly made: () => Promise<CollectionRecord>;
  readonly append: (to: CollectionRecord, key: string, entries: string[]) => Promise<AppendOutcome>;
  readonly redis: RunningRedis;
  readonly blobs: BlobStore;
}

/** What holds of entries that are too large for the log's Redis. */
export function describeSegmentsOf(open: () => LogWithSegments): void {
  describe("its segments", () => {
    const inStream = (to: CollectionRecord) =>
      createUpstashClient(open().redis.url, open().redis.token).eval(
        `local found = {}
        for _, row in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
          for j = 1, #row[2], 2 do if row[2][j] == 'e' then found[#found + 1] = row[2][j + 1] end end
        end
        return found`,
        [`nf:{${to.incarnation}}:log`],
        [],
      );
    const segmentsOf = (to: CollectionRecord) =>
      open().blobs.list(`segments/${to.incarnation}/`, 100, signal());
    const altered = async (name: string, change: (bytes: Uint8Array) => Uint8Array) => {
      const { bytes, type } = required(await open().blobs.get(name, signal()), "a segment");
      await open().blobs.put(name, change(bytes.slice()), type, signal());
    };

    test("a large entry lies beside the log, and whoever pulls it finds it where it was appended", async () => {
      const { append, made, newLog } = open();
      const to = await made();
      const entries = ["small", long("a"), "small too", long("b")];
      await append(to, "k", entries);
      expect(await inStream(to)).toEqual(["small", "", "small too", ""]);
      expect(await segmentsOf(to)).toHaveLength(1);
      const { entries: pulled, head } = await newLog().pull(to, 1, signal());
      expect(pulled.map(({ json }) => json)).toEqual(entries);
      expect(followLine(originPoint(to.incarnation, 1), pulled)).toEqual(head);
    });

    test("of an append that is large as a whole nothing lies in the log", async () => {
      const { append, made, newLog } = open();
      const to = await made();
      const entries = Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(400, "x"));
      expect(entries.join("").length).toBeGreaterThan(inlineAppendBytesMax);
      await append(to, "k", entries);
      expect(new Set((await inStream(to)) as string[])).toEqual(new Set([""]));
      expect((await segmentsOf(to)).length).toBeGreaterThan(1);
      const pulled = (await newLog().pull(to, 1, signal())).entries;
      expect(pulled.map(({ json }) => json)).toEqual(entries);
    });

    test("as many entries as an append takes are appended, and pulled page by page", async () => {
      const { append, made, newLog } = open();
      const to = await made();
      const entries = Array.from(
        { length: LIMITS.appendEntriesMax },
        (_, i) => `${i} ${"y".repeat(40)}`,
      );
      expect(await append(to, "k", entries)).toMatchObject({ kind: "appended" });
      await append(to, "more", ["last"]);
      const log = newLog();
      const first = await log.pull(to, 1, signal());
      expect(first.entries.length).toBeGreaterThan(LIMITS.appendEntriesMax / 2);
      const rest = await log.pull(to, first.entries.length + 1, signal());
      const found = [...first.entries, ...rest.entries].map(({ json }) => json);
      expect(found).toEqual([...entries, "last"].slice(0, found.length));
    });

    test("a repeated append, with other bytes for the same request, leaves the log as it was", async () => {
      const { log, made, newLog } = open();
      const to = await made();
      const append = (entries: string[]) =>
        log.append(
          to,
          { idempotencyScope: "k", requestDigest: "same", held: null, entries },
          signal(),
        );
      const first = await append([long("a")]);
      expect(await append([long("almost a")])).toMatchObject({ ...first, kind: "repeated" });
      expect(await segmentsOf(to)).toHaveLength(2);
      const { entries } = await newLog().pull(to, 1, signal());
      expect(entries.map(({ json }) => json)).toEqual([long("a")]);
      const { redis } = open();
      const upkeep = new UpstashLogUpkeep(createUpstashClient(redis.url, redis.token));
      expect((await upkeep.namedSegments(to.incarnation, signal())).size).toBe(1);
      expect((await upkeep.tail(to.incarnation, signal())).bytes).toBe(
        Buffer.byteLength(long("a")),
      );
    });

    test.each([
      ["is missing", (name: string) => open().blobs.remove(name, signal())],
      ["was altered", (name: string) => altered(name, (bytes) => bytes.fill(120, 3, 4))],
      ["was cut off", (name: string) => altered(name, (bytes) => bytes.slice(0, -1))],
    ])(
      "a segment that %s is a hole of the log: nothing of it is read, and nothing is stepped over",
      async (_, damage) => {
        const { append, made, newLog } = open();
        const to = await made();
        await append(to, "a", ["1"]);
        await append(to, "b", [long("2")]);
        await append(to, "c", ["3"]);
        const [name] = await segmentsOf(to);
        await damage(required(name, "a segment"));
        const log = newLog();
        const { entries } = await log.pull(to, 1, signal());
        expect(entries.map(({ json, position }) => [position, json])).toEqual([
          [1, "1"],
          [2, ""],
          [3, "3"],
        ]);
        const origin = originPoint(to.incarnation, 1);
        expect(() => followLine(origin, entries)).toThrow(LineBroken);
        expect(() => readEntries(entries.slice(1))).toThrow(LineBroken);
        expect(await wholeBehind(log, to, origin, signal())).toBe(2);
      },
    );

    test("where the blobs can't be written nothing is appended, and whoever writes hears of it; where they can't be read the log is not", async () => {
      const { made, newLog, append, blobs } = open();
      const to = await made();
      await append(to, "a", [long("1")]);
      const broken = () => Promise.reject(new Error("the bucket is away"));
      const log = newLog(wrapped<BlobStore>(blobs, { put: broken, get: broken }));
      const outcome = await log.append(
        to,
        { idempotencyScope: "b", requestDigest: "b", held: null, entries: [long("2")] },
        signal(),
      );
      expect(outcome).toMatchObject({ kind: "segments-unavailable" });
      expect((await log.confirm(to, signal())).head.position).toBe(1);
      await expect(log.pull(to, 1, signal())).rejects.toMatchObject({ code: "log-unavailable" });
    });

    test("what an entry names is there before it can be read, and what names nothing is no entry", async () => {
      const { made, newLog, blobs } = open();
      const to = await made();
      const order: string[] = [];
      const slow = wrapped<BlobStore>(blobs, {
        put: async (...given) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push(`${(await newLog().confirm(to, signal())).head.position} before`);
          await blobs.put(...given);
        },
      });
      await newLog(slow).append(
        to,
        { idempotencyScope: "a", requestDigest: "a", held: null, entries: [long("1")] },
        signal(),
      );
      expect(order).toEqual(["0 before"]);
      // A writer that ends between the two leaves bytes, which nobody sees.
      const ends = wrapped<BlobStore>(blobs, {
        put: async (...given) => {
          await blobs.put(...given);
          throw new Error("the process ends here");
        },
      });
      await newLog(ends).append(
        to,
        { idempotencyScope: "b", requestDigest: "b", held: null, entries: [long("2")] },
        signal(),
      );
      expect(await segmentsOf(to)).toHaveLength(2);
      expect((await newLog().pull(to, 1, signal())).entries).toHaveLength(1);
    });
  });
}

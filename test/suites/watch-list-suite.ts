import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { watchedField, watchListKeys } from "../../shared/contracts/watch-list.ts";
import type { LoadedList } from "../../lambdas/ports/watch-list.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { Point } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { sha1Hex } from "../../shared/std/bytes.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);
const random = seededRandom(11);
const at = (position: number, term = 1): Point => ({
  term,
  position,
  chain: sha1Hex(`${term}/${position}`),
});
const time = (timeMs: number, step = 0): LogTime => ({ timeMs, term: 1, step });
const upTo = (position: number, timeMs = position * 100) => ({
  point: at(position),
  confirmed: time(timeMs),
});

/** The contract of the watch list, on an engine. @param engine `js`, or the path of a redis-server */
export function describeWatchList(engine: string): void {
  describe(`the watch list on ${engine}`, () => {
    let redis: RunningRedis;
    let client: ReturnType<typeof createUpstashClient>;
    let watch: UpstashWatchList;

    beforeAll(async () => {
      redis = await startRedis(engine);
      client = createUpstashClient(redis.url, redis.token);
      watch = new UpstashWatchList(client);
    });
    afterAll(() => redis.stop());

    /** An incarnation with a list begun by fence 1 at position 10. */
    async function begun(wid = "w1"): Promise<string> {
      const incarnation = randomName(12, random);
      expect(await watch.begin(incarnation, wid, 1, upTo(10), signal())).toBe(true);
      return incarnation;
    }
    const register = (to: string, position: number, entryId: string, record = "{}") =>
      watch.register(to, at(position), entryId, record, signal());
    const step = (to: number, more: object = {}) => ({
      known: { wid: "w1", seq: 0 },
      fence: 1,
      from: at(10),
      to: upTo(to),
      drops: [],
      ...more,
    });
    const has = (to: string, entryId: string, position: number) =>
      watch.stands(to, entryId, { point: at(position), confirmed: null }, signal());

    test("without a list nothing is registered, loaded, published or right", async () => {
      const none = randomName(12, random);
      expect(await register(none, 10, "a")).toBe("absent");
      expect(await watch.load(none, null, signal())).toBeNull();
      expect(await watch.publish(none, step(11), signal())).toBe(false);
      expect(await has(none, "a", 10)).toBe(false);
    });

    test("an answer is registered at the list's point or later; not before it, of another term or history", async () => {
      const to = await begun();
      expect(await register(to, 10, "a")).toBe("registered");
      expect(await register(to, 12, "b")).toBe("behind");
      expect(await register(to, 9, "c")).toBe("refused");
      const otherTerm = await watch.register(to, at(10, 2), "d", "{}", signal());
      expect(otherTerm).toBe("refused");
      const otherLine = { ...at(10), chain: sha1Hex("other") };
      expect(await watch.register(to, otherLine, "e", "{}", signal())).toBe("refused");
      expect(await has(to, "a", 10)).toBe(true);
      expect(await has(to, "c", 10)).toBe(false);
      expect(await has(to, "a", 11)).toBe(false);
      expect(await register(to, 10, "a", "again")).toBe("registered");
      expect((await watch.load(to, null, signal()))?.size).toBe(2);
    });

    test("a loader gets what it does not know, and all of it from another list", async () => {
      const to = await begun();
      await register(to, 10, "a", "first");
      const loaded = await watch.load(to, null, signal());
      expect(loaded).toMatchObject({ ...upTo(10), wid: "w1", fence: 1, seq: 1, size: 1 });
      expect(loaded).toMatchObject({ whole: true, anew: true });
      expect(loaded?.records).toEqual([{ entryId: "a", json: "first" }]);
      await register(to, 10, "b", "second");
      const more = await watch.load(to, { wid: "w1", seq: 1 }, signal());
      expect(more).toMatchObject({ seq: 2, size: 2, anew: false, whole: true });
      expect(more?.records).toEqual([{ entryId: "b", json: "second" }]);
      const other = await watch.load(to, { wid: "w0", seq: 2 }, signal());
      expect(other?.records).toHaveLength(2);
      expect(other?.anew).toBe(true);
    });

    test("a list that fits no single reply is loaded in several, each going on behind the one before", async () => {
      const to = await begun();
      const record = "x".repeat(60_000);
      for (let i = 0; i < 20; i++) await register(to, 10, `e${i}`, record);
      const found: string[] = [];
      let known: { wid: string; seq: number } | null = null;
      for (let more = true; more;) {
        const page: LoadedList = required(await watch.load(to, known, signal()), "it is there");
        expect(page).toMatchObject({ size: 20, whole: true, anew: known === null });
        found.push(...page.records.map(({ entryId }) => entryId));
        known = page;
        more = page.more;
      }
      expect(found).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`));
      expect(known?.seq).toBe(20);
    });

    test("publishing takes the drops off, and what was registered since the load; the rest is right up to the new point", async () => {
      const to = await begun();
      await register(to, 10, "keep");
      await register(to, 10, "drop");
      const known = { wid: "w1", seq: 2 };
      await register(to, 11, "unseen");
      const moved = step(12, { known, drops: ["drop", "unknown"] });
      expect(await watch.publish(to, moved, signal())).toBe(true);
      expect(await has(to, "keep", 12)).toBe(true);
      expect(await has(to, "drop", 12)).toBe(false);
      expect(await has(to, "unseen", 12)).toBe(false);
      const loaded = await watch.load(to, null, signal());
      expect(loaded).toMatchObject({ ...upTo(12), seq: 3, size: 1, whole: true });
      expect(loaded?.records.map(({ entryId }) => entryId)).toEqual(["keep"]);
    });

    test("publishing is refused to another list's loader, an older fence, and from another point; nothing is done then", async () => {
      const to = await begun();
      await register(to, 10, "a");
      const known = { wid: "w1", seq: 1 };
      for (const wrong of [
        step(12, { known: { wid: "w0", seq: 1 }, drops: ["a"] }),
        step(12, { known, fence: 0, drops: ["a"] }),
        step(12, { known, from: at(9), drops: ["a"] }),
        step(12, { known, from: { ...at(10), chain: sha1Hex("other") }, drops: ["a"] }),
      ]) {
        expect(await watch.publish(to, wrong, signal())).toBe(false);
      }
      expect(await has(to, "a", 10)).toBe(true);
    });

    test("a list is begun anew by the same or a newer fence only; what was on it is off", async () => {
      const to = await begun();
      await register(to, 10, "a");
      expect(
        await watch.publish(to, step(11, { known: { wid: "w1", seq: 1 }, fence: 3 }), signal()),
      ).toBe(true);
      expect(await watch.begin(to, "w2", 2, upTo(12), signal())).toBe(false);
      expect(await has(to, "a", 11)).toBe(true);
      expect(await watch.begin(to, "w2", 3, upTo(12), signal())).toBe(true);
      expect(await has(to, "a", 12)).toBe(false);
      expect(await watch.load(to, null, signal())).toMatchObject({ wid: "w2", size: 0, seq: 0 });
    });

    test("a confirmation of exactly the list's point raises its time; one of another point, or an earlier one, does not", async () => {
      const to = await begun();
      const confirmed = async () => (await watch.load(to, null, signal()))?.confirmed;
      expect(await watch.stands(to, null, upTo(10, 2_000), signal())).toBe(true);
      expect(await confirmed()).toEqual(time(2_000));
      await watch.stands(to, null, upTo(10, 1_500), signal());
      expect(await watch.stands(to, null, upTo(11, 3_000), signal())).toBe(false);
      expect(await confirmed()).toEqual(time(2_000));
      // The clock stepped: what was read after the step is later, whatever it says.
      await watch.stands(to, null, { point: at(10), confirmed: time(500, 1) }, signal());
      expect(await confirmed()).toEqual(time(500, 1));
      await watch.stands(to, null, upTo(10, 9_000), signal());
      expect(await confirmed()).toEqual(time(500, 1));
    });

    test("what was published at the same point keeps the later time; at a new point it is the new one, unknown included", async () => {
      const to = await begun();
      const known = { wid: "w1", seq: 0 };
      await watch.publish(to, step(10, { known, to: upTo(10, 10) }), signal());
      expect((await watch.load(to, null, signal()))?.confirmed).toEqual(time(1_000));
      const unknown = { point: at(11), confirmed: null };
      await watch.publish(to, step(11, { known, to: unknown }), signal());
      expect(await watch.load(to, null, signal())).toMatchObject(unknown);
    });

    test("beyond its entries or bytes a list lets the oldest go", async () => {
      const small = new UpstashWatchList(client, { entries: 3, bytes: 100 });
      const to = await begun();
      const put = (id: string, bytes: number) =>
        small.register(to, at(10), id, "x".repeat(bytes), signal());
      for (const id of ["a", "b", "c", "d"]) expect(await put(id, 10)).toBe("registered");
      expect(await has(to, "a", 10)).toBe(false);
      expect(await has(to, "d", 10)).toBe(true);
      expect(await put("large", 85)).toBe("registered");
      const left = await watch.load(to, null, signal());
      expect(left?.records.map(({ entryId }) => entryId)).toEqual(["d", "large"]);
      expect(left?.whole).toBe(true);
    });

    test("a record without its entry gives way like any other", async () => {
      const small = new UpstashWatchList(client, { entries: 2, bytes: 100 });
      const to = await begun();
      const put = (id: string) => small.register(to, at(10), id, "{}", signal());
      await put("a");
      await client.hdel(watchListKeys(to).list, watchedField("a"));
      for (const id of ["b", "c"]) expect(await put(id)).toBe("registered");
      expect(await watch.load(to, null, signal())).toMatchObject({ size: 2, whole: true });
      expect(await has(to, "b", 10)).toBe(true);
    });

    test("a list whose records were evicted is not whole; one that was ended is absent", async () => {
      const to = await begun();
      await register(to, 10, "a");
      await client.del(watchListKeys(to).records);
      expect((await watch.load(to, null, signal()))?.whole).toBe(false);
      await register(to, 10, "b");
      expect((await watch.load(to, { wid: "w1", seq: 1 }, signal()))?.whole).toBe(false);
      const known = { wid: "w1", seq: 1 };
      expect(await watch.publish(to, step(11, { known }), signal())).toBe(false);
      expect(await has(to, "a", 11)).toBe(false);
      await watch.end(to, signal());
      expect(await watch.load(to, null, signal())).toBeNull();
    });

    test("entry ids are opaque", async () => {
      const to = await begun();
      const odd = `${randomUUID()} e:'"\n`;
      expect(await register(to, 10, odd)).toBe("registered");
      expect(await has(to, odd, 10)).toBe(true);
    });
  });
}

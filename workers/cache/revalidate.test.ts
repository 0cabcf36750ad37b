import { expect, test } from "vitest";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { originPoint } from "../../shared/domain/point.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";
import { sha1Hex } from "../../shared/std/bytes.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { LogClocks, type WantedFreshness } from "./freshness.ts";
import { HotAnswers } from "./hot-answers.ts";
import { LOOK_MAX, Revalidator } from "./revalidate.ts";

const incarnation = "abcdefghij01";
const REGION = "eu-central-1";
const point = { ...originPoint(incarnation, 1), position: 7 };
const time = (timeMs: number) => ({ timeMs, term: 1, step: 0 });
const wanted: WantedFreshness = { consistency: "bounded", maxStalenessMs: 5_000, token: null };

function entryOf(entryId: string, more: Partial<CacheEntry> = {}): CacheEntry {
  return {
    v: 3,
    incarnation,
    map: 1,
    entryId,
    watch: "on",
    point,
    confirmed: time(10_000),
    madeMs: 10_000,
    region: REGION,
    answer: `{"hits":["${entryId}"]}`,
    coverage: { shards: 1, answered: 1, missing: [] },
    ...more,
  };
}

/** A location at 20 s of its clock and of the log's: past the bound of what was confirmed at 10 s. */
function setUp() {
  const state = {
    nowMs: 20_000,
    looks: [] as (readonly string[])[],
    list: {
      point: { term: 1, position: 9, chain: sha1Hex("9") },
      confirmed: time(19_000),
    } as RightUpTo | null,
    on: new Set(["a", "b"]),
    down: false,
  };
  const store: Pick<RegionStore, "region" | "watched"> = {
    region: REGION,
    watched: async (_, entryIds) => {
      state.looks.push(entryIds);
      if (state.down) throw new Error("no connection");
      const { list } = state;
      return list && { standing: list, has: entryIds.map((id) => state.on.has(id)) };
    },
  };
  const clocks = new LogClocks();
  clocks.keep(incarnation, time(20_000), 20_000);
  const nowMs = () => state.nowMs;
  const failures: string[] = [];
  const location = new Map<string, string>();
  const hot = new HotAnswers({
    location: {
      get: async (key) => location.get(key) ?? null,
      put: async (key, text) => void location.set(key, text),
      picture: async () => null,
      keepPicture: async () => undefined,
    },
    redis: () => null,
    revalidator: new Revalidator({
      stores: new Map([[REGION, store]]),
      nowMs,
      readMsMax: () => 300,
      onFailure: () => failures.push("list"),
    }),
    clocks,
    nowMs,
    random: () => 0.5,
    redisMsMax: () => 300,
    onFailure: (tier) => failures.push(tier),
  });
  const find = (key: string, asked = wanted) => hot.find(key, asked, () => undefined);
  const keep = (key: string, entry: CacheEntry) => hot.keep(key, entry, () => undefined);
  return { state, hot, find, keep, failures, clocks };
}

test("past its bound an answer on the list is served after one look, as right up to where the list stands; others of the list with it", async () => {
  const { state, find, keep } = setUp();
  keep("ka", entryOf("a"));
  keep("kb", entryOf("b"));
  keep("kc", entryOf("c", { incarnation: "otherincarna" }));
  const found = await find("ka");
  expect(found).toMatchObject({ kind: "fresh", tier: "isolate", entry: { ...state.list } });
  expect(await find("kb")).toMatchObject({ kind: "fresh", entry: { entryId: "b" } });
  expect(state.looks).toEqual([["a", "b"]]);
});

test("an answer that is not on the list any more is for the region to say, and not looked for again", async () => {
  const { state, find, keep } = setUp();
  keep("ka", entryOf("gone"));
  expect(await find("ka")).toMatchObject({ kind: "stale", entry: { watch: "unasked", point } });
  expect(await find("ka")).toMatchObject({ kind: "stale" });
  expect(state.looks).toHaveLength(1);
});

test("without a list, and on one that was confirmed too long ago, nothing is served", async () => {
  const { state, find, keep } = setUp();
  keep("ka", entryOf("a"));
  state.list = { ...entryOf("a"), confirmed: time(14_999) };
  expect((await find("ka")).kind).toBe("stale");
  state.list = null;
  expect((await find("ka")).kind).toBe("stale");
});

test("a list that can't be read makes a miss, and is spared for a second", async () => {
  const { state, find, keep, failures } = setUp();
  state.down = true;
  keep("ka", entryOf("a"));
  for (let i = 0; i < 3; i++) expect((await find("ka")).kind).toBe("stale");
  expect(state.looks).toHaveLength(1);
  expect(failures).toEqual(["list"]);
  state.down = false;
  state.nowMs += 1_000;
  expect((await find("ka")).kind).toBe("fresh");
});

test("inside the bound, for strong reads, without the log's time, for what was reranked or is not watched there is no look", async () => {
  const { state, find, keep } = setUp();
  keep("ka", entryOf("a"));
  expect((await find("ka", { ...wanted, maxStalenessMs: 10_000 })).kind).toBe("fresh");
  expect((await find("ka", { ...wanted, consistency: "strong" })).kind).toBe("stale");
  keep("kr", entryOf("a", { reranker: "m@1" }));
  keep("ku", entryOf("a", { watch: "unasked" }));
  for (const key of ["kr", "ku"]) expect((await find(key)).kind).toBe("stale");
  state.nowMs += 61_000; // The clock's sample has died.
  expect((await find("ka")).kind).toBe("stale");
  expect(state.looks).toEqual([]);
});

test("a token that the list has reached is obeyed from the list; one that it has not, or of another term, by the region", async () => {
  const { find, keep } = setUp();
  const token = { incarnation, term: 1, position: 9, chain8: sha1Hex("9").slice(0, 8) };
  for (const [asked, kind] of [
    [token, "fresh"],
    [{ ...token, position: 8 }, "fresh"],
    [{ ...token, position: 10 }, "stale"],
    [{ ...token, chain8: "00000000" }, "stale"],
    [{ ...token, term: 2 }, "stale"],
  ] as const) {
    keep("ka", entryOf("a"));
    expect([asked, (await find("ka", { ...wanted, token: asked })).kind]).toEqual([asked, kind]);
  }
});

test("one look asks about at most a hundred answers", async () => {
  const { state, find, keep } = setUp();
  for (let i = 0; i < 150; i++) keep(`k${i}`, entryOf(`e${i}`));
  await find("k0");
  expect(state.looks[0]).toHaveLength(LOOK_MAX);
  expect(state.looks[0]?.[0]).toBe("e0");
});

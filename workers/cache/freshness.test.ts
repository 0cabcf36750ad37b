import fc from "fast-check";
import { expect, test } from "vitest";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { LogClocks, mayServe, mayServeAny, tooOld, type WantedFreshness } from "./freshness.ts";

const incarnation = "abcdefghij01";
const point = { ...originPoint(incarnation, 1), position: 7 };
const entry: CacheEntry = {
  v: 3,
  map: 1,
  entryId: "e1",
  watch: "unasked",
  madeMs: 0,
  incarnation,
  point,
  confirmed: { timeMs: 10_000, term: 1, step: 0 },
  region: "us-east-1",
  answer: '{"hits":[]}',
  coverage: { shards: 1, answered: 1, missing: [] },
};
const bounded = (maxStalenessMs: number): WantedFreshness => ({
  consistency: "bounded",
  maxStalenessMs,
  token: null,
});
const at = (timeMs: number) => ({ timeMs, term: 1, step: 0 });

test("bounded: served exactly while the log's time is within the bound of what was confirmed", () => {
  fc.assert(
    fc.property(fc.nat(20_000), fc.nat(10_000), (ageMs, boundMs) => {
      expect(mayServe(entry, bounded(boundMs), at(10_000 + ageMs))).toBe(ageMs <= boundMs);
    }),
  );
});

test("bounded: an entry that was never confirmed, or a location that knows no time, serves nothing", () => {
  expect(mayServe({ ...entry, confirmed: null }, bounded(1e9), at(10_001))).toBe(false);
  expect(mayServe(entry, bounded(1e9), null)).toBe(false);
});

test("eventual and session without a token still ask the region once a minute", () => {
  for (const consistency of ["eventual", "session"] as const) {
    const wanted: WantedFreshness = { consistency, maxStalenessMs: 0, token: null };
    expect(mayServe(entry, wanted, at(70_000))).toBe(true);
    expect(mayServe(entry, wanted, at(70_001))).toBe(false);
    expect(mayServe(entry, wanted, null)).toBe(false);
  }
});

test("half a day after it was made an entry is a miss, whatever was confirmed since", () => {
  expect(tooOld(entry, 12 * 3_600_000)).toBe(false);
  expect(tooOld(entry, 12 * 3_600_000 + 1)).toBe(true);
});

test("strong never trusts a cache", () => {
  expect(
    mayServe(entry, { consistency: "strong", maxStalenessMs: 1e9, token: null }, at(10_000)),
  ).toBe(false);
});

test("a token is obeyed at every level: covered serves; ahead, off the line or of another collection does not", () => {
  const token = { incarnation, term: 1, position: 7, chain8: point.chain.slice(0, 8) };
  const serves = (more: object) =>
    mayServe(entry, { ...bounded(60_000), token: { ...token, ...more } }, at(10_000));
  expect(serves({})).toBe(true);
  expect(serves({ position: 6 })).toBe(true);
  expect(serves({ position: 8 })).toBe(false);
  expect(serves({ chain8: "ffffffff" })).toBe(false);
  expect(serves({ term: 2 })).toBe(false);
  expect(serves({ incarnation: "abcdefghij02" })).toBe(false);
});

test("the log's clock here is an upper bound: a reading counts from when it was asked for, and an older one replaces none", () => {
  const clocks = new LogClocks();
  clocks.keep(incarnation, at(50_000), 1_000);
  expect(clocks.now(incarnation, 1_400)).toEqual({ ...at(50_400), readMs: 50_000 });
  clocks.keep(incarnation, at(49_000), 900);
  expect(clocks.now(incarnation, 1_400)).toEqual({ ...at(50_400), readMs: 50_000 });
  expect(clocks.now("abcdefghij02", 1_400)).toBeNull();
});

test("of samples the later reading is kept, until it is too old; one after a step or a promotion replaces it", () => {
  const clocks = new LogClocks();
  clocks.keep(incarnation, at(50_000), 1_000);
  // Of a process that read the log 40 s ago.
  clocks.keep(incarnation, { ...at(51_000), readMs: 11_000 }, 2_000);
  expect(clocks.now(incarnation, 2_000)).toEqual({ ...at(51_000), readMs: 50_000 });
  clocks.keep(incarnation, { ...at(111_500), readMs: 49_000 }, 62_000);
  expect(clocks.now(incarnation, 62_000)).toMatchObject({ readMs: 49_000 });
  clocks.keep(incarnation, { ...at(40_000), step: 1 }, 63_000);
  expect(clocks.now(incarnation, 63_000)).toMatchObject({ step: 1, timeMs: 40_000 });
});

test("where the clock's last reading is past the bound no answer could be served, however right", () => {
  const now = { ...at(56_000), readMs: 50_000 };
  expect(mayServeAny(bounded(6_000), now)).toBe(true);
  expect(mayServeAny(bounded(5_999), now)).toBe(false);
  expect(mayServeAny(bounded(60_000), null)).toBe(false);
});

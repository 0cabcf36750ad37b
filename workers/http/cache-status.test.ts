import { expect, test } from "vitest";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { StaleReason } from "../../shared/contracts/cache-status.ts";
import type { Lookup } from "../cache/hot-answers.ts";
import { cacheStatus } from "./cache-status.ts";

const entry: CacheEntry = {
  v: 3,
  incarnation: "abcdefghij01",
  map: 1,
  entryId: "e",
  watch: "on",
  point: { term: 1, position: 1, chain: "0".repeat(40) },
  confirmed: null,
  madeMs: 0,
  region: "eu-central-1",
  answer: "{}",
  coverage: { shards: 1, answered: 1, missing: [] },
};
const stale = (why: StaleReason): Lookup => ({ kind: "stale", entry, tier: "edge", why });

test("it says which tier had the answer, or why none did and what became of it", () => {
  const region = { tier: "region", collapsed: false } as const;
  expect(cacheStatus({ kind: "fresh", entry, tier: "redis" }, null)).toBe(
    "nearfield; hit; detail=redis",
  );
  expect(cacheStatus({ kind: "miss" }, region)).toBe("nearfield; fwd=uri-miss");
  expect(cacheStatus({ kind: "miss" }, { ...region, collapsed: true })).toBe(
    "nearfield; fwd=uri-miss; collapsed",
  );
  expect(cacheStatus(stale("strong"), region)).toBe("nearfield; fwd=request; detail=strong");
  expect(cacheStatus(stale("dropped"), region)).toBe("nearfield; fwd=stale; detail=dropped");
  expect(cacheStatus(stale("unwatched"), { tier: "edge", collapsed: false })).toBe(
    "nearfield; fwd=stale; fwd-status=304; detail=unwatched",
  );
});

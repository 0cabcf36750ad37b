import { expect, test } from "vitest";
import { STALE_REASONS } from "../../../shared/contracts/cache-status.ts";
import { cacheWords } from "./cache-words.ts";

test("an answer from a cache has no reason; each reason why none was has words of its own", () => {
  expect(cacheWords("nearfield; hit; detail=edge")).toBeNull();
  expect(cacheWords(null)).toBeNull();
  const words = STALE_REASONS.map((why) => cacheWords(`nearfield; fwd=stale; detail=${why}`));
  words.push(cacheWords("nearfield; fwd=uri-miss; collapsed"));
  expect(words).not.toContain(null);
  expect(new Set(words).size).toBe(STALE_REASONS.length + 1);
});

test("what the region found unchanged is said to be", () => {
  expect(cacheWords("nearfield; fwd=stale; fwd-status=304; collapsed; detail=unwatched")).toBe(
    "cached, but past its bound; it was unchanged",
  );
});

import { expect, test } from "vitest";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { IsolateAnswers } from "./isolate-answers.ts";

const KIB = 1_024;

function entryOf(entryId: string, chars = 0): CacheEntry {
  const incarnation = "abcdefghij01";
  return {
    v: 3,
    incarnation,
    map: 1,
    entryId,
    watch: "on",
    point: originPoint(incarnation, 1),
    confirmed: null,
    madeMs: 0,
    region: "eu-central-1",
    answer: "x".repeat(chars),
    coverage: { shards: 1, answered: 1, missing: [] },
  };
}

test("what was asked for again outlives a scan of any length; what was asked for once does not", () => {
  const answers = new IsolateAnswers();
  for (const id of ["hot", "cold"]) answers.set(id, entryOf(id, 64 * KIB));
  expect(answers.get("hot")?.entryId).toBe("hot");
  for (let i = 0; i < 1_000; i++) answers.set(`scan ${i}`, entryOf(`${i}`, 64 * KIB));
  expect(answers.get("hot")?.entryId).toBe("hot");
  expect(answers.get("cold")).toBeNull();
});

test("its bytes are bounded, whatever is asked for again", () => {
  const answers = new IsolateAnswers();
  for (let i = 0; i < 1_000; i++) {
    answers.set(`k${i}`, entryOf(`${i}`, 64 * KIB));
    answers.get(`k${i}`);
  }
  const bytes = [...answers.entries()].reduce((sum, [, { answer }]) => sum + 2 * answer.length, 0);
  expect(bytes).toBeLessThanOrEqual(24 * KIB * KIB);
  expect(bytes).toBeGreaterThan(20 * KIB * KIB);
});

test("a later answer takes the place of the one before it, wherever that is", () => {
  const answers = new IsolateAnswers();
  answers.set("a", entryOf("1"));
  answers.set("a", entryOf("2"));
  expect(answers.get("a")?.entryId).toBe("2");
  answers.set("a", entryOf("3"));
  expect(answers.get("a")?.entryId).toBe("3");
  expect([...answers.entries()]).toHaveLength(1);
});

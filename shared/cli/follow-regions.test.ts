import { expect, test } from "vitest";
import { progressOf } from "./follow-regions.ts";

const at = (phase: "waiting" | "copying" | "catching-up" | "embedding", copied: number | null) =>
  progressOf({ documents: 200, resharding: { toShards: 4, phase, copied } }, false);

test("a bar is full only where nothing is left to copy or to embed", () => {
  expect(at("waiting", null)).toMatchObject({ done: 0, total: 200 });
  expect(at("copying", 50)).toEqual({ done: 50, total: 200, phase: "copying" });
  expect(at("copying", 200)).toEqual({ done: 198, total: 200, phase: "copied, being indexed" });
  expect(at("copying", null)).toMatchObject({ done: 0 });
  expect(at("catching-up", null)).toMatchObject({ done: 200 });
  expect(at("embedding", 20)).toMatchObject({ done: 20, phase: "embedding" });
});

test("a region that waits for the primary's vectors shows none of them", () => {
  expect(at("embedding", null)).toEqual({ done: 0, total: 200, phase: "waits for the vectors" });
});

test("one that has it is done, one that has not heard of it waits", () => {
  expect(progressOf({ documents: 3, resharding: null }, true)).toMatchObject({ phase: "done" });
  expect(progressOf({ documents: 3, resharding: null }, false)).toMatchObject({ done: 0 });
  expect(progressOf(undefined, false)).toEqual({ done: 0, total: 1, phase: "waiting" });
});

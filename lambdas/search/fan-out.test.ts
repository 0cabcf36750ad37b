import { expect, test } from "vitest";
import type { Candidate, StoreView } from "../ports/store.ts";
import type { Branch } from "./branch.ts";
import { fanOut } from "./fan-out.ts";

const branch: Branch = {
  name: "v",
  parts: [0],
  by: { kind: "near", space: "v", vector: Float32Array.from([1, 0]) },
  weight: 1,
  negative: false,
  except: new Set(),
  similarityMin: -1,
};
const candidate = (id: string, similarity: number): Candidate => ({
  id,
  passage: 0,
  position: 1,
  similarity,
});

/** Shards that answer as told: with candidates, with an error, or never. */
function viewOf(shards: readonly (readonly Candidate[] | Error | null)[]): StoreView {
  return {
    search: ({ shard }) => {
      const told = shards[shard];
      if (told instanceof Error) return Promise.reject(told);
      return told === null || told === undefined
        ? new Promise(() => undefined)
        : Promise.resolve({ candidates: told, method: { kind: "scan", because: "told" } });
    },
    match: () => Promise.reject(new Error("no words were asked for")),
    documents: async () => [],
    scan: async () => [],
    count: async () => 0,
  };
}

const ask = (view: StoreView, remainingMs = 500, depth = 10) =>
  fanOut(
    view,
    [0, 1, 2],
    [branch],
    null,
    { depth, bodies: false, exact: false },
    { nowMs: () => 0, remainingMs: () => remainingMs, onLegFailed: () => undefined },
    AbortSignal.timeout(5_000),
  );

test("shards are merged by similarity, ties by id", async () => {
  const { rankings, coverage } = await ask(
    viewOf([
      [candidate("c", 0.5), candidate("b", 0.2)],
      [candidate("a", 0.5)],
      [candidate("z", 0.9)],
    ]),
  );
  expect(rankings[0]?.map(({ id }) => id)).toEqual(["z", "a", "c", "b"]);
  expect(coverage).toEqual({ shards: 3, answered: 3, missing: [] });
});

test("a ranking is as deep as asked, however many shards it comes from", async () => {
  const { rankings } = await ask(
    viewOf([
      [candidate("c", 0.5), candidate("b", 0.2)],
      [candidate("a", 0.5)],
      [candidate("z", 0.9)],
    ]),
    500,
    2,
  );
  expect(rankings[0]?.map(({ id }) => id)).toEqual(["z", "a"]);
});

test("a shard that fails is left out and named", async () => {
  const { rankings, coverage } = await ask(
    viewOf([[candidate("a", 0.5)], new Error("disk"), [candidate("b", 0.4)]]),
  );
  expect(rankings[0]?.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(coverage).toEqual({ shards: 3, answered: 2, missing: [{ shard: 1, reason: "failed" }] });
});

test("a shard that does not answer within its share of the deadline is left out as late", async () => {
  const { coverage } = await ask(viewOf([[candidate("a", 0.5)], null, []]), 100);
  expect(coverage).toEqual({ shards: 3, answered: 2, missing: [{ shard: 1, reason: "late" }] });
});

test("what failed is told from what was late", async () => {
  const { coverage } = await ask(viewOf([[candidate("a", 0.5)], new Error("disk"), null]), 100);
  expect(coverage.missing).toEqual([
    { shard: 1, reason: "failed" },
    { shard: 2, reason: "late" },
  ]);
});

test("no shard answers in time: that is a deadline, and no fault of the region", async () => {
  await expect(ask(viewOf([null, null, null]), 50)).rejects.toMatchObject({
    code: "deadline-exceeded",
  });
});

test("no shard answers: that is a failure, not an empty result", async () => {
  await expect(
    ask(viewOf([new Error("disk"), new Error("disk"), new Error("disk")])),
  ).rejects.toThrow("disk");
});

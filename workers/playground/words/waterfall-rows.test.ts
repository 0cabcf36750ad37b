import { expect, test } from "vitest";
import { stageRows, waterfallRows } from "./waterfall-rows.ts";

test("the region's stages lie inside its call, the way around them", () => {
  const { rows, totalMs } = waterfallRows(
    "door;dur=2.0, cache;dur=3.0, region;dur=100.0, total;dur=103.0",
    { open: 10, search: 30 },
    "us-east-1",
  );
  expect(totalMs).toBe(103);
  expect(rows.map(({ name, ms }) => [name, ms])).toEqual([
    ["check the key", 2],
    ["look into caches", 1],
    ["to us-east-1 and back", 60],
    ["check freshness", 10],
    ["search the shards", 30],
  ]);
  expect(rows[2]?.bars).toEqual([
    { startMs: 3, lengthMs: 30 },
    { startMs: 73, lengthMs: 30 },
  ]);
  expect(rows[4]?.bars).toEqual([{ startMs: 43, lengthMs: 30 }]);
});

test("an answer from a cache has no way", () => {
  const { rows } = waterfallRows(
    "door;dur=1.0, cache;dur=1.5, total;dur=2.0",
    undefined,
    "us-east-1",
  );
  expect(rows.map(({ name }) => name)).toEqual(["check the key", "look into caches"]);
});

test("a cached answer that the region was asked about says so", () => {
  const { rows } = waterfallRows(
    "door;dur=1.0, cache;dur=1.5, region;dur=90.0, total;dur=92.0",
    undefined,
    "us-east-1",
  );
  expect(rows.at(-1)).toMatchObject({ name: "is it still right?", ms: 90 });
});

test("time that no stage explains is shown as such", () => {
  const { rows } = waterfallRows(
    "door;dur=1.0, cache;dur=2.0, region;dur=50.0, total;dur=552.0",
    { open: 1 },
    "eu-central-1",
  );
  expect(rows[2]).toMatchObject({ name: "other work, earlier tries", ms: 500 });
});

test("no header, no bars", () => {
  expect(waterfallRows(null, undefined, "us-east-1").totalMs).toBe(0);
});

const plan = {
  shards: { of: 2, asked: [0, 1], because: "b" },
  depth: 10,
  rounds: 1,
  fuse: "ranks",
  legs: [0, 0, 1].map((shard, i) => ({
    shard,
    branch: "text",
    kind: "scan" as const,
    because: "b",
    candidates: 1,
    tookMs: 10 + i,
  })),
  stages: {},
};

test("each shard stands in the search by its slowest leg", () => {
  const { rows, totalMs } = stageRows({ open: 5, search: 30, rerank: 100 }, plan);
  expect(totalMs).toBe(135);
  expect(
    rows.map(({ name, kind, bars }) => [name, kind, bars[0]?.startMs, bars[0]?.lengthMs]),
  ).toEqual([
    ["check freshness", "there", 0, 5],
    ["search the shards", "there", 5, 30],
    ["shard 0", "shard", 5, 11],
    ["shard 1", "shard", 5, 12],
    ["read the best again", "there", 35, 100],
  ]);
});

test("of several rounds the last is told of, which stands at the search's end", () => {
  const { rows } = stageRows({ search: 30 }, { ...plan, rounds: 2 });
  expect(rows[1]?.bars).toEqual([{ startMs: 18, lengthMs: 11 }]);
});

test("with its shards, a computed answer still lies inside its call", () => {
  const { rows } = waterfallRows(
    "door;dur=1.0, cache;dur=2.0, region;dur=50.0, total;dur=52.0",
    { search: 30 },
    "us-east-1",
    plan,
  );
  expect(rows.map(({ name }) => name).slice(-3)).toEqual([
    "search the shards",
    "shard 0",
    "shard 1",
  ]);
  expect(rows.at(-1)?.bars).toEqual([{ startMs: 12, lengthMs: 12 }]);
});

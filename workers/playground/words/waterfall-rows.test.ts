import { expect, test } from "vitest";
import { waterfallRows } from "./waterfall-rows.ts";

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

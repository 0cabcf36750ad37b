import { beforeAll, expect, test } from "vitest";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { openEngines } from "./engines.ts";
import { hunt } from "./hunt.ts";
import { runSeed } from "./run-seed.ts";

const OPS = 60;
let engines: readonly JsRedis[];

beforeAll(async () => {
  engines = await openEngines();
});

const run = (seed: number) =>
  runSeed({ seed, ops: OPS, engines, bug: null, wanted: [], onEvent: null });

test("worlds in which much goes wrong: no check finds anything", async () => {
  const seen: Record<string, number> = {};
  for (const seed of [1, 2, 3]) {
    const { findings, sightings } = await run(seed);
    expect([seed, findings]).toEqual([seed, []]);
    for (const [name, count] of Object.entries(sightings)) seen[name] = (seen[name] ?? 0) + count;
  }
  const wanted = [
    "lost",
    "failover",
    "cache-hit",
    "cache-hit-after-write",
    "stale-candidate-refused",
    "duplicate-dropped",
    "outcome-unknown",
    "segments",
  ];
  for (const name of wanted) expect([name, seen[name]]).not.toEqual([name, 0]);
}, 120_000);

test("the same seed twice gives the same trace and the same history", async () => {
  const [once, again] = [await run(4), await run(4)];
  expect(again.operations).toEqual(once.operations);
  expect([again.events, again.trace]).toEqual([once.events, once.trace]);
}, 120_000);

// All of them: bugs.long.test.ts, `npm run simulate -- --bugs`.
test.each(["filter-after-top-k", "clock-frozen"])(
  "the planted bug %s is caught",
  async (bug) => {
    const worlds = { first: 1, seeds: 8, ops: 2 * OPS };
    expect((await hunt(bug, engines, worlds, null)).seed).not.toBeNull();
  },
  120_000,
);

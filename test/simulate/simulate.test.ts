import { beforeAll, expect, test } from "vitest";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { openEngines } from "./engines.ts";
import { runSeed } from "./run-seed.ts";

let engines: readonly JsRedis[];

beforeAll(async () => {
  engines = await openEngines();
});

test.each([1, 2, 3, 4])(
  "seed %i: no check finds anything, and the same seed gives the same trace",
  async (seed) => {
    const options = { seed, ops: 80, engines, bug: null, wanted: ["cache-hit"], onEvent: null };
    const once = await runSeed(options);
    expect(once.findings).toEqual([]);
    if (seed > 1) return;
    const again = await runSeed(options);
    expect(again.trace).toBe(once.trace);
    expect(again.operations).toEqual(once.operations);
  },
);

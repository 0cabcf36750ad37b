import { beforeAll, expect, test } from "vitest";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { BUGS } from "./bugs.ts";
import { openEngines } from "./engines.ts";
import { hunt } from "./hunt.ts";
import { CAUGHT, CAUGHT_OPS } from "./planted.ts";

let engines: readonly JsRedis[];

beforeAll(async () => {
  engines = await openEngines();
});

test("every planted bug has its row", () => {
  expect(Object.keys(CAUGHT).toSorted()).toEqual(Object.keys(BUGS).toSorted());
});

test.each(Object.entries(CAUGHT))(
  "%s is caught",
  async (bug, { seed, check }) => {
    const { checks } = await hunt(bug, engines, seed, 1, CAUGHT_OPS);
    expect(checks).toContain(check);
  },
  120_000,
);

import { beforeAll, expect, test } from "vitest";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { BUGS } from "./bugs.ts";
import { openEngines } from "./engines.ts";
import { hunt } from "./hunt.ts";
import { CAUGHT_BY, CAUGHT_OPS } from "./planted.ts";

/** Worlds in which a bug may hide. */
const SEEDS = 60;
let engines: readonly JsRedis[];

beforeAll(async () => {
  engines = await openEngines();
});

test("every planted bug has its row", () => {
  expect(Object.keys(CAUGHT_BY).toSorted()).toEqual(Object.keys(BUGS).toSorted());
});

test.each(Object.entries(CAUGHT_BY))(
  "%s is caught by %s",
  async (bug, check) => {
    const worlds = { first: 1, seeds: SEEDS, ops: CAUGHT_OPS };
    expect((await hunt(bug, engines, worlds, check)).seed).not.toBeNull();
  },
  1_200_000,
);

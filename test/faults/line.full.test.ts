import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as scripts from "../../lambdas/adapters/log-scripts.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { assertPlanted, LINE_BUGS } from "./line-bugs.ts";
import { LineStory, testLine } from "./line-story.ts";

const REDIS = "/usr/bin/redis-server";

testLine(REDIS);

let redis: RunningRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis(REDIS);
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-line-"));
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

const CAUGHT_BY: Readonly<Record<string, string>> = {
  "term-from-head-only": "a position is given to two entries of one term",
  "old-term-accepted": "an append in an old term is accepted",
  "position-reused-after-tail-loss": "a position is given to two entries of one term",
  "restart-noticed-by-append-only": "a log that lost its tail is read as if nothing had happened",
  "clock-frozen": "what was read long ago is called fresh",
};

test.each(Object.entries(CAUGHT_BY))("the planted bug %s is caught: %s", async (name, finding) => {
  const bug = LINE_BUGS[name] ?? {};
  assertPlanted(bug, Object.values(scripts));
  expect(await new LineStory(redis, folder, bug).tell()).toContain(finding);
});

test("every planted bug of the line has a check that catches it", () => {
  expect(Object.keys(CAUGHT_BY)).toEqual(Object.keys(LINE_BUGS));
});

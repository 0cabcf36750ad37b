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

type Part = "loseTails" | "wakeLate" | "growStale";

/** Each bug, what finds it, and in which part of the story. */
const CAUGHT_BY: readonly (readonly [bug: string, finding: string, part: Part])[] = [
  ["term-from-head-only", "a position is given to two entries of one term", "loseTails"],
  ["old-term-accepted", "an append in an old term is accepted", "wakeLate"],
  [
    "position-reused-after-tail-loss",
    "a position is given to two entries of one term",
    "loseTails",
  ],
  [
    "restart-noticed-by-append-only",
    "a log that lost its tail is read as if nothing had happened",
    "loseTails",
  ],
  ["clock-frozen", "what was read long ago is called fresh", "growStale"],
];

test.each(CAUGHT_BY)("the planted bug %s is caught: %s", async (name, finding, part) => {
  const bug = LINE_BUGS[name] ?? {};
  assertPlanted(bug, Object.values(scripts));
  const story = await new LineStory(redis, folder, bug).begin();
  await story[part]();
  expect([...story.found]).toContain(finding);
});

test("every planted bug of the line has a check that catches it", () => {
  expect(CAUGHT_BY.map(([name]) => name)).toEqual(Object.keys(LINE_BUGS));
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { PRIMARY } from "./spaces-in-process.ts";
import {
  addedThroughCrashes,
  changedMeanwhile,
  moveAndFill,
  OTHER,
  type Story,
  TEXT,
  twoRegions,
} from "./spaces-story.ts";

let redis: readonly [RunningRedis, RunningRedis];
beforeAll(async () => {
  redis = [await startRedis("js"), await startRedis("js")];
});
afterAll(() => Promise.all(redis.map((one) => one.stop())));

test("a space is added through a crash before and after every second call of the primary's store: nothing is lost, and no vector is another text's", async () => {
  await addedThroughCrashes(redis[0], 2);
}, 300_000);

test("a space is added while the collection is written to, patched and deleted from before calls of the primary's store: both regions end with the same documents at the same positions, with their own vectors", async () => {
  const calls = await changedMeanwhile(
    twoRegions(redis),
    TEXT,
    async () => undefined,
    (story) => story.patch(3).then(() => story.write(2)),
    5,
  );
  expect(calls).toBeGreaterThan(8);
}, 120_000);

test("a space is rebuilt while documents are patched: no vector of the old models is left, in either region", async () => {
  const built = async (story: Story) => {
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    await moveAndFill(story, OTHER);
    story.live.release = "sha256:0000000000000002";
  };
  // The new models can't write to the old spaces, until the region has moved.
  const patch = (story: Story) => story.patch(5);
  const rebuild = { rebuild: ["text"] };
  const calls = await changedMeanwhile(twoRegions(redis), rebuild, built, patch, 9);
  expect(calls).toBeGreaterThan(5);
}, 120_000);

import { afterAll, beforeAll, test } from "vitest";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { addedThroughCrashes } from "./spaces-story.ts";

let redis: RunningRedis;
beforeAll(async () => {
  redis = await startRedis("js");
});
afterAll(() => redis.stop());

test("a space is added through a crash before and after every single call of the primary's store: nothing is lost, and no vector is another text's", async () => {
  await addedThroughCrashes(redis, 1);
}, 300_000);

import { afterAll, beforeAll, expect, test } from "vitest";
import { openMilvusStore } from "../../lambdas/adapters/milvus-store.ts";
import { startMilvusLite, type MilvusServer } from "../suites/milvus-lite.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { judgedOnceThroughCrashes } from "./verdicts.ts";
import { PRIMARY } from "./spaces-in-process.ts";
import { addedWhileWritten } from "./spaces-story.ts";
import { BY_ID, BY_TEAM, filled, moveThrough, signal, texts } from "./reshard-moves.ts";

let redis: RunningRedis;
let milvus: MilvusServer;
beforeAll(async () => {
  redis = await startRedis("js");
  milvus = await startMilvusLite();
}, 600_000);
afterAll(async () => {
  await redis.stop();
  await milvus.stop();
});

test("on Milvus, which pins no view and writes nothing conditionally: crashes lose nothing, double nothing, and leave nothing on a wrong shard", async () => {
  const store = await openMilvusStore({ address: milvus.address });
  const region = await filled(redis, store, 5, 2, 120);
  await region.want(3, BY_TEAM);
  const crashes = [4, 12, 20, 28].map((call) => ({ call, when: "after" as const }));
  await moveThrough(region, store, crashes);
  expect(await region.shards()).toBe(3);
  expect(await region.shown()).toEqual(texts(region));
  await region.want(2, BY_ID);
  await moveThrough(region, store, []);
  region.laterMs = 120_000;
  await region.start().resharder.advance(region.record, signal());
  expect(await region.shown()).toEqual(texts(region));
  await store.close();
}, 600_000);

test("on Milvus, a space is added through crashes while the collection is written to", async () => {
  const store = await openMilvusStore({ address: milvus.address });
  await addedWhileWritten(new Map([[PRIMARY, { store, redis }]]), [5, 14, 23, 40]);
  await store.close();
}, 600_000);

test("on Milvus, where what was written shows at once, writes for a position are judged once, through crashes", async () => {
  const store = await openMilvusStore({ address: milvus.address });
  expect(await judgedOnceThroughCrashes(store, redis)).toBeGreaterThan(3);
  await store.close();
}, 600_000);

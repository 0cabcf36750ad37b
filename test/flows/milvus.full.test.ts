import { afterAll, beforeAll, expect, test } from "vitest";
import { startMilvus } from "../suites/milvus-lite.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";
import { describeTenQueries } from "./ten-queries.ts";

let milvus: Awaited<ReturnType<typeof startMilvus>>;
let twin: RunningTwin;

beforeAll(async () => {
  milvus = await startMilvus(process.env["NEARFIELD_MILVUS"]);
  twin = await startTwin({ demo: true, args: ["--store", `milvus=${milvus.address}`] });
}, 1_500_000);
afterAll(async () => {
  await twin?.stop();
  await twin?.remove();
  await milvus.stop();
});

test("every region of the twin keeps its collections in Milvus, apart from the others'", async () => {
  const client = await twin.client("fra");
  const { count, region } = await client.countDocuments({ collection: "demo" });
  expect({ count, region }).toEqual({ count: 5_342, region: "eu-central-1" });
});

describeTenQueries(() => twin);

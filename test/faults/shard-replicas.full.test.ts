import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

let twin: RunningTwin;
let client: NearfieldOperator;
let seed = 1_000;

beforeAll(async () => {
  twin = await startTwin({ args: ["--shard-replicas", "2", "--wan", "off"] });
  client = await twin.client("fra", { session: true });
  await client.createCollection(vectorCollection("v"));
  const documents = Array.from({ length: 200 }, (_, i) => ({
    id: `d${i}`,
    vectors: { v: vectorOf(i) },
    metadata: { n: i },
  }));
  await client.putDocuments({ collection: "v", documents });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

/** A query that no tier has seen. */
const ask = (more: object = {}) =>
  client.retrieve({
    collection: "v",
    query: { vector: vectorOf(seed++), space: "v" },
    k: 5,
    coverage: "all",
    ...more,
  });

test("searches go through the readers, and give what was written", async () => {
  const { hits, coverage } = await client.retrieve({
    collection: "v",
    query: { vector: vectorOf(7), space: "v" },
    filter: { n: { $lt: 100 } },
    k: 3,
  });
  expect(hits[0]).toMatchObject({ id: "d7", metadata: { n: 7 } });
  expect(coverage).toEqual({ shards: 4, answered: 4, missing: [] });
});

test("a copy that is killed costs no answer and no shard; it comes back and serves what was written meanwhile", async () => {
  const reader = (await twin.report()).readers.find(
    ({ region, replica }) => region === "eu-central-1" && replica === 0,
  );
  if (reader === undefined) throw new Error("the twin has readers");
  process.kill(reader.pid, "SIGKILL");
  for (let i = 0; i < 40; i++) expect((await ask()).region).toBe("eu-central-1");
  await client.putDocuments({
    collection: "v",
    documents: [{ id: "late", vectors: { v: vectorOf(500) } }],
  });
  await until(
    async () => (await twin.report()).readers.every(({ pid }) => pid !== reader.pid),
    20_000,
    () => "the reader was not started again",
  );
  for (let i = 0; i < 20; i++) {
    const { hits } = await ask({
      query: { vector: vectorOf(500), space: "v" },
      minScore: -1 + i / 1_000,
    });
    expect(hits[0]?.id).toBe("late");
  }
});

test("a copy twenty times slower than usual costs no shard: legs are sent to the other, and then go there", async () => {
  for (let i = 0; i < 60; i++) await ask();
  await twin.control("POST", "/links/eu-central-1->shards-1", { extraDelayMs: 400 });
  const slow = [];
  for (let i = 0; i < 60; i++) {
    const startMs = performance.now();
    await ask({ deadlineMs: 2_000 });
    slow.push(performance.now() - startMs);
  }
  // Without the other copy each query would take 400 ms and more.
  expect(slow.filter((ms) => ms >= 400).length).toBeLessThan(30);
  await twin.control("DELETE", "/links/eu-central-1->shards-1");
});

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { describeGapsAndBackups } from "./log-gap.ts";

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("fra");
  await client.createCollection(vectorCollection("v"));
  await put("first", 1);
  await until(
    async () => (await read()).region === "eu-central-1",
    10_000,
    () => "Frankfurt's region does not serve",
  );
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const put = (id: string, n: number, deadlineMs = 10_000) =>
  client.putDocuments({
    collection: "v",
    documents: [{ id, vectors: { v: vectorOf(n) } }],
    deadlineMs,
  });

let k = 0;
/** Never the same query twice, so that no cache answers. */
const read = (more: object = {}) =>
  client.retrieve({
    collection: "v",
    query: { vector: vectorOf(2), space: "v" },
    k: 1 + k++,
    ...more,
  });

test("a region cut off from the log: past the bound another region answers; eventual reads stay, with a staleness that grows", async () => {
  await twin.control("POST", "/links/eu-central-1->log", { mode: "cut" });
  await put("second", 2);
  await delay(1_500);
  const early = await read({ consistency: "eventual" });
  await delay(1_500);
  const late = await read({ consistency: "eventual" });
  expect([early.region, late.region]).toEqual(["eu-central-1", "eu-central-1"]);
  expect(late.stalenessMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(early.stalenessMs ?? 0);
  expect(late.hits.map(({ id }) => id)).not.toContain("second");
  const bounded = await read({ maxStalenessMs: 1_000 });
  expect(bounded.region).not.toBe("eu-central-1");
  expect(bounded.hits[0]?.id).toBe("second");
  const strong = await read({ consistency: "strong" });
  expect(strong.hits[0]?.id).toBe("second");

  await twin.control("DELETE", "/links/eu-central-1->log");
  await until(
    async () => {
      const { region, hits } = await read({ maxStalenessMs: 1_000 });
      return region === "eu-central-1" && hits[0]?.id === "second";
    },
    15_000,
    () => "the region does not catch up",
  );
}, 60_000);

test("every region cut off from the log: a strong read is refused, not served from what is there", async () => {
  await twin.control("POST", "/links/*->log", { mode: "cut" });
  await expect(read({ consistency: "strong", deadlineMs: 2_000 })).rejects.toMatchObject({
    code: "consistency-unavailable",
    status: 503,
  });
  await twin.control("DELETE", "/links/*->log");
  await until(
    async () =>
      read({ consistency: "strong" }).then(
        () => true,
        () => false,
      ),
    15_000,
    () => "strong reads do not come back",
  );
}, 60_000);

test("a write that is durable but can't be applied in time is accepted as such: 202, and it can be read later", async () => {
  await twin.control("POST", "/processes/redis-us-east-1/signal", { signal: "SIGSTOP" });
  const written = await put("later", 3, 2_000);
  expect(written).toMatchObject({ applied: false, ids: ["later"] });
  await twin.control("POST", "/processes/redis-us-east-1/signal", { signal: "SIGCONT" });
  await until(
    async () =>
      (await read({ consistency: "strong", query: { vector: vectorOf(3), space: "v" } })).hits[0]
        ?.id === "later",
    15_000,
    () => "the write is never applied",
  );
}, 60_000);

test("a write that got no answer tells the key to repeat it with, also where the caller gave none", async () => {
  const { locations, key } = await twin.report();
  const send = (headers: Record<string, string>) =>
    fetch(`${locations[1]?.url ?? ""}/v1/documents`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({
        collection: "v",
        documents: [{ vectors: { v: vectorOf(4) } }],
        deadlineMs: 2_000,
      }),
    });
  await twin.control("POST", "/links/fra->us-east-1", { mode: "half" }); // The write arrives, its answer does not.
  const lost = await send({});
  expect(lost.status).toBe(503);
  await twin.control("DELETE", "/links/fra->us-east-1");
  const again = await send({ "idempotency-key": lost.headers.get("idempotency-key") ?? "" });
  expect(await again.json()).toMatchObject({ repeated: true });
  const alike = await read({
    query: { vector: vectorOf(4), space: "v" },
    consistency: "strong",
    k: 10,
  });
  expect(alike.hits.filter(({ id }) => !["first", "second", "later"].includes(id))).toHaveLength(1);
}, 60_000);

test("one location's link cut: it reads from another region, the others see nothing", async () => {
  await twin.control("POST", "/links/fra->eu-central-1", { mode: "cut" });
  expect((await read()).region).not.toBe("eu-central-1");
  const iad = await twin.client("iad");
  expect(
    (await iad.retrieve({ collection: "v", query: { vector: vectorOf(9), space: "v" }, k: 1 }))
      .region,
  ).toBe("us-east-1");
  await twin.control("DELETE", "/links/fra->eu-central-1");
}, 60_000);

test.each(["hang", "half", "fail503"])(
  "a region whose link is in mode %s: the read is answered by another, inside its deadline",
  async (mode) => {
    await twin.control("POST", "/links/fra->eu-central-1", { mode });
    const reply = await read({ deadlineMs: 3_000 });
    expect(reply.region).not.toBe("eu-central-1");
    await twin.control("DELETE", "/links/fra->eu-central-1");
    await until(
      async () => (await read()).region === "eu-central-1",
      40_000,
      () => "the region is not used again",
    );
  },
  60_000,
);

describeGapsAndBackups(() => twin);

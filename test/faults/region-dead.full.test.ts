import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

const READS_PER_S = 50;
const DOCUMENTS = 200;

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("fra");
  await client.createCollection(vectorCollection("v"));
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({
    id: `d${n}`,
    vectors: { v: vectorOf(n) },
  }));
  await client.putDocuments({ collection: "v", documents });
  await until(
    async () => (await read(client, 0)).region === "eu-central-1",
    10_000,
    () => "Frankfurt's region does not serve",
  );
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

/** A query that no cache has: by another number of hits each time. */
let asked = 0;
async function read(from: NearfieldOperator, n: number) {
  asked += 1;
  const k = 1 + (asked % 97); // Prime to the number of documents, so that no query comes twice within a run.
  return from.retrieve({ collection: "v", query: { vector: vectorOf(n), space: "v" }, k });
}

test("the nearest region killed under 50 reads/s: no read fails; brought back, it catches up and serves again", async () => {
  const failures: unknown[] = [];
  const regions: string[] = [];
  const underWay: Promise<void>[] = [];
  let n = 0;
  // Open loop: reads start by the clock, so that a slow answer can't slow the load.
  const load = setInterval(() => {
    const wanted = n % DOCUMENTS;
    n += 1;
    underWay.push(
      read(client, wanted).then(
        (reply) => {
          regions.push(reply.region);
          if (reply.hits[0]?.id !== `d${wanted}`)
            failures.push(`asked for d${wanted}, got ${reply.hits[0]?.id}`);
        },
        (error: unknown) => void failures.push(error),
      ),
    );
  }, 1_000 / READS_PER_S);
  await delay(3_000);
  expect(regions).toContain("eu-central-1");

  await twin.control("POST", "/processes/region-eu-central-1/hold");
  await delay(1_000);
  regions.length = 0; // What was under way has ended.
  await delay(4_000);
  expect(regions.length).toBeGreaterThan(50);
  expect(regions).not.toContain("eu-central-1");
  await client.putDocuments({
    collection: "v",
    documents: [{ id: "meanwhile", vectors: { v: vectorOf(9_000) } }],
  });

  await twin.control("POST", "/processes/region-eu-central-1/release");
  await until(
    () => regions.includes("eu-central-1"),
    60_000,
    () => "the region does not serve again",
  );
  clearInterval(load);
  await Promise.all(underWay);

  expect(failures).toEqual([]);
  const query = { collection: "v", query: { vector: vectorOf(9_000), space: "v" } };
  let tries = 0;
  const serves = async () => {
    // Another query each time: an answer that is confirmed goes on naming the region that computed it.
    const k = 1 + (tries++ % 97);
    const { hits, region } = await client.retrieve({ ...query, k, consistency: "strong" });
    return hits[0]?.id === "meanwhile" && region === "eu-central-1";
  };
  await until(serves, 60_000, () => "the region does not serve what was written while it was down");
}, 180_000);

test("the primary killed: writes are refused with a code and a wait until another region is promoted, by itself; reads go on, and it comes back as one of the others", async () => {
  await twin.control("POST", "/processes/region-us-east-1/hold");
  const write = () =>
    client.putDocuments({
      collection: "v",
      documents: [{ id: "late", vectors: { v: vectorOf(9_100) } }],
      deadlineMs: 3_000,
    });
  await expect(write()).rejects.toMatchObject({ code: "primary-unavailable", status: 503 });
  expect((await read(client, 5)).hits[0]?.id).toBe("d5");
  let region = "";
  await until(
    async () => {
      region = await write().then(
        (reply) => reply.region,
        () => "",
      );
      return region !== "";
    },
    60_000,
    () => "writes do not come back",
  );
  expect(region).not.toBe("us-east-1");
  await twin.control("POST", "/processes/region-us-east-1/release");
  const { position } = await write();
  const back = async () => {
    const { regions } = await client.status();
    const held = regions.find(({ name }) => name === "us-east-1")?.collections[0];
    return held?.position === position && held.primary === region;
  };
  await until(back, 60_000, () => "the old primary does not come back");
}, 180_000);

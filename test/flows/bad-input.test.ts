import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeAtTheLimits } from "./at-the-limits.ts";
import { CASES } from "./bad-input-cases.ts";
import { describeDirectCalls } from "./direct-calls.ts";
import { describeFilterInjection } from "./filter-injection.ts";
import { describeHostileNames } from "./name-hostile.ts";
import { describeOddVectors } from "./odd-vectors.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

/** A refusal names the offence, not all that was sent. */
const REPLY_CHARS_MAX = 16_384;
const BESIDE_EVERY_MS = 200;
/** A location that refuses a body unread may close the connection, which a right request then meets on its way. */
const RETRIED = { retriesMax: 2 };
const CANARY = "canary-7f3a91";

let twin: RunningTwin;
let base: string;
let key: string;
let readKey: string;
/** Right requests that are sent beside all of this. */
const beside = { sent: 0, failures: [] as unknown[], timer: setTimeout(() => undefined) };

beforeAll(async () => {
  twin = await startTwin();
  const report = await twin.report();
  base = report.locations[0]?.url ?? "";
  ({ key, readKey } = report);
  const client = await twin.client("iad", RETRIED);
  await client.createCollection(vectorCollection("v"));
  await client.createCollection({ name: "pictures" });
  await client.putDocuments({
    collection: "v",
    documents: [{ id: "a", vectors: { v: vectorOf(1) }, metadata: { n: 1 } }],
  });
  beside.timer = setInterval(() => {
    beside.sent += 1;
    const query = { vector: vectorOf(beside.sent + 10), space: "v" };
    client
      .retrieve({ collection: "v", query, k: 1 })
      .catch((error: unknown) => beside.failures.push(error));
  }, BESIDE_EVERY_MS);
});
afterAll(async () => {
  clearInterval(beside.timer);
  await twin.stop();
  await twin.remove();
});

describeDirectCalls(() => twin);
describeAtTheLimits(() => twin);
describeOddVectors(() => twin);

test.each(CASES)("$what: $status $code, with a hint and a request id", async (one) => {
  const keys = {
    none: undefined,
    wrong: `Bearer ${"nf_".padEnd(40, "x")}`,
    read: `Bearer ${readKey}`,
    mine: `Bearer ${key}`,
  };
  const authorization = keys[one.key ?? "mine"];
  const body = one.json === undefined ? one.body : JSON.stringify(one.json);
  const response = await fetch(`${base}${one.path ?? "/v1/retrieve"}`, {
    method: one.method ?? "POST",
    headers: {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
      ...one.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  expect(response.headers.get("content-type"), text.slice(0, 300)).toBe("application/problem+json");
  const problem: {
    code: string;
    status: number;
    hint: string;
    requestId: string;
    errors?: { pointer: string; message: string }[];
  } = JSON.parse(text);
  expect({ status: response.status, code: problem.code }, text.slice(0, 500)).toEqual({
    status: one.status,
    code: one.code,
  });
  expect(problem.status).toBe(one.status);
  expect(problem.hint).not.toBe("");
  expect(problem.requestId).toBe(response.headers.get("nearfield-request-id"));
  if (one.pointer !== undefined) expect(problem.errors?.[0]?.pointer).toBe(one.pointer);
  if (one.says !== undefined) expect(text).toContain(one.says);
  expect(text.length).toBeLessThan(REPLY_CHARS_MAX);
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d/); // No stack, no path of ours.
});

test("an oversized picture, as a part of its own, is over its limit", async () => {
  const form = new FormData();
  form.set("documents", JSON.stringify([{ id: "x" }]));
  form.set("image0", new Blob([new Uint8Array(3.5 * 1024 * 1024)]));
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${base}/v1/documents?collection=pictures`, {
    method: "POST",
    headers,
    body: form,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: "limit-exceeded",
    errors: [{ pointer: "/documents/0/image/base64" }],
  });
});

describeFilterInjection(() => twin);
describeHostileNames(() => twin);

test("nothing of a refused request is in a log", async () => {
  for (const body of [
    `{"collection":"v","${CANARY}":1}`,
    `{"collection":"v","query":{"text":"${CANARY}"}}`,
    `{"collection":"v","query":{"vector":"${CANARY}","space":"v"},"filter":{"${CANARY}":"${CANARY}"}}`,
    `${CANARY} is no JSON`,
  ]) {
    const response = await fetch(`${base}/v1/retrieve`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(400);
  }
  const folder = path.join(twin.state, "logs");
  const files = await readdir(folder);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files)
    expect(await readFile(path.join(folder, file), "utf8"), file).not.toContain(CANARY);
});

test("of the right requests that were sent beside all of this, 100 and more, none failed", () => {
  expect(beside.failures).toEqual([]);
  expect(beside.sent).toBeGreaterThan(100);
});

afterEach(async () => {
  const client = await twin.client("iad", RETRIED);
  const { hits, servedPosition } = await client.retrieve({
    collection: "v",
    query: { vector: vectorOf(1), space: "v" },
    k: 10,
  });
  expect(hits.map(({ id }) => id)).toEqual(["a"]); // The twin is up, and nothing was written.
  expect(servedPosition).toBe(1);
});

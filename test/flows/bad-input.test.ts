import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CASES } from "./bad-input-cases.ts";
import { describeDirectCalls } from "./direct-calls.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

let twin: RunningTwin;
let base: string;
let key: string;
let readKey: string;

beforeAll(async () => {
  twin = await startTwin();
  const report = await twin.report();
  base = report.locations[0]?.url ?? "";
  ({ key, readKey } = report);
  const client = await twin.client("iad");
  await client.createCollection(vectorCollection("v"));
  await client.createCollection({ name: "pictures" });
  await client.putDocuments({
    collection: "v",
    documents: [{ id: "a", vectors: { v: vectorOf(1) }, metadata: { n: 1 } }],
  });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

describeDirectCalls(() => twin);

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
  const problem: { code: string; status: number; hint: string; requestId: string } =
    JSON.parse(text);
  expect({ status: response.status, code: problem.code }, text.slice(0, 500)).toEqual({
    status: one.status,
    code: one.code,
  });
  expect(problem.status).toBe(one.status);
  expect(problem.hint).not.toBe("");
  expect(problem.requestId).toBe(response.headers.get("nearfield-request-id"));
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

afterEach(async () => {
  const client = await twin.client("iad");
  const { hits } = await client.retrieve({
    collection: "v",
    query: { vector: vectorOf(1), space: "v" },
    k: 1,
  });
  expect(hits[0]?.id).toBe("a"); // The twin is up, and nothing was written.
  expect(hits).toHaveLength(1);
});

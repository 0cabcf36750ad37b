import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";

const TINY = fileURLToPath(new URL("../suites/tiny-cross-encoder/", import.meta.url));

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin({ env: { NEARFIELD_EMBEDDER_RERANKERS: TINY } });
  client = await twin.client("fra", { session: true });
  await client.createCollection({ name: "r", spaces: { text: { model: "text" } } });
  await client.putDocuments({
    collection: "r",
    documents: [
      { id: "mountain", text: "The mountain is high." },
      { id: "apples", text: "Apples are red fruit." },
      { id: "cars", text: "Cars can be red." },
    ],
  });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const asked = (rerank: object) => ({
  collection: "r",
  query: { text: "The high mountain" },
  rerank: { depth: 10, weight: 1, ...rerank },
  explain: true,
  deadlineMs: 20_000,
});

test("a cross-encoder from a folder reranks where it is named, and the answer says which, with its digest", async () => {
  const { hits, rerank } = await client.retrieve(asked({ model: "tiny-cross-encoder" }));
  expect(rerank).toMatchObject({ applied: true, depth: 3 });
  expect(rerank?.model).toMatch(/^tiny-cross-encoder@sha256:[0-9a-f]{16}$/);
  // "the", "high" and "mountain"; nothing; nothing.
  expect(hits[0]).toMatchObject({ id: "mountain", explain: { rerank: { score: 3 } } });
  expect(hits[1]).toMatchObject({ explain: { rerank: { score: 0 } } });
  const again = await client.retrieve(asked({ model: "tiny-cross-encoder" }));
  expect(again.tier).not.toBe("region");
  expect(again.rerank).toEqual(rerank);
});

test("past its bound a reranked answer is still the answer, as long as the weights are the same", async () => {
  const strict = { ...asked({ model: "tiny-cross-encoder" }), maxStalenessMs: 0 };
  const { tier, rerank } = await client.retrieve(strict);
  // The region was asked, and did not search: it called what the location holds unchanged.
  expect(tier).not.toBe("region");
  expect(rerank?.applied).toBe(true);
});

test("a model that no embedder has is told as such", async () => {
  await expect(client.retrieve(asked({ model: "other" }))).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/rerank/model", message: expect.stringContaining("named other") }],
  });
});

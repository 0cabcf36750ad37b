import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EmbedderRerankers, RerankResponse } from "../../shared/contracts/embedder.ts";
import { composeEmbedder, readOptions, type Embedder } from "../compose.ts";

/** Counts the words that question and text share: without training, but with the form of a real one. */
const TINY = fileURLToPath(
  new URL("../../test/suites/tiny-cross-encoder", import.meta.url),
).replace(/\/$/, "");
const MODEL = "tiny-cross-encoder";
const QUERY = "Which fruit is red?";
const TEXTS = ["The mountain is high.", "Apples are red fruit.", "Cars can be red.", ""];

let embedder: Embedder;

const opened = (rerankers: string) =>
  composeEmbedder(
    readOptions({ NEARFIELD_EMBEDDER_RERANKERS: rerankers, NEARFIELD_EMBEDDER_THREADS: "1" }),
    () => undefined,
  );

beforeAll(async () => {
  embedder = await opened(TINY);
});
afterAll(() => embedder.close());

async function post(body: object): Promise<Response> {
  const text = JSON.stringify(body);
  const headers = { "content-length": String(Buffer.byteLength(text)) };
  return embedder.fetch(
    new Request("http://embedder/rerank", { method: "POST", body: text, headers }),
  );
}

async function scores(body: object): Promise<readonly number[]> {
  const response = await post(body);
  expect(response.status).toBe(200);
  return RerankResponse.parse(await response.json()).scores;
}

test("rerankers are listed with their digests, also where health is asked for", async () => {
  const listed = await embedder.fetch(new Request("http://embedder/rerankers"));
  const rerankers = EmbedderRerankers.parse(await listed.json());
  expect(rerankers).toMatchObject([
    { id: "all-MiniLM-L6-v2/maxsim", maxTokens: 256 },
    { id: MODEL, maxTokens: 32 },
  ]);
  const health = await embedder.fetch(new Request("http://embedder/healthz"));
  expect(await health.json()).toEqual({ status: "ok", rerankers });
});

test("a cross-encoder reads question and text together, whatever is asked beside them", async () => {
  // which fruit is red ?: "is"; "red" and "fruit"; "red"; nothing. Marks are no words of it.
  expect(await scores({ model: MODEL, query: QUERY, texts: TEXTS })).toEqual([1, 2, 1, 0]);
  for (const [i, text] of TEXTS.entries())
    expect(await scores({ model: MODEL, query: QUERY, texts: [text] })).toEqual([[1, 2, 1, 0][i]]);
});

test("a question that is too long leaves the text half of the room, and what does not fit is not read", async () => {
  const long = "river ".repeat(100);
  // 32 tokens: 16 for the question, 3 special ones, 13 for the text.
  expect(await scores({ model: MODEL, query: `${long} red`, texts: ["red", "river"] })).toEqual([
    0, 16,
  ]);
  const text = `${"the ".repeat(40)} red`;
  expect(await scores({ model: MODEL, query: "red", texts: [text] })).toEqual([0]);
});

test("where none is named it is late interaction; one that is not loaded is told", async () => {
  const response = await post({ query: QUERY, texts: TEXTS.slice(0, 2) });
  expect(RerankResponse.parse(await response.json()).model).toBe("all-MiniLM-L6-v2/maxsim");
  const unknown = await post({ model: "other", query: QUERY, texts: TEXTS });
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ code: "not-found" });
});

test("a folder with other files has another digest; with a pinned one it is not loaded", async () => {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "nearfield-reranker-")), MODEL);
  try {
    await cp(TINY, folder, { recursive: true });
    await writeFile(path.join(folder, "tokenizer_config.json"), '{"tokenizer_class":"X"}');
    await expect(opened(`${folder}@sha256:0123456789abcdef`)).rejects.toThrow(
      /^reranker tiny-cross-encoder has the digest sha256:[0-9a-f]{16}, not sha256:0123456789abcdef$/,
    );
    await expect(opened(`${folder},${TINY}`)).rejects.toThrow("two folders");
    await rm(path.join(folder, "onnx"), { recursive: true });
    await expect(opened(folder)).rejects.toThrow("there is none of onnx/model.onnx");
  } finally {
    await rm(path.dirname(folder), { recursive: true });
  }
});

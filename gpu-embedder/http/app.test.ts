import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DEADLINE_HEADER,
  EmbedderModels,
  EmbedResponse,
  REQUEST_ID_HEADER,
  RerankResponse,
} from "../../shared/contracts/embedder.ts";
import { ProblemDocument } from "../../shared/contracts/problems.ts";
import { decodeVector } from "../../shared/std/bytes.ts";
import { required } from "../../shared/std/assert.ts";
import { composeEmbedder, type Embedder } from "../compose.ts";

const DEMO = new URL("../../test/twin/demo/pictures/", import.meta.url);
const TEXTS = ["a red apple", "mountains with snow", "What is Perl?", "x ".repeat(90)];

let embedder: Embedder;
let pictures: string[];
const logged: string[] = [];

beforeAll(async () => {
  const weights = fileURLToPath(new URL("../weights", import.meta.url));
  const options = { weights, provider: "cpu", threads: 1, decoders: 1, rerankers: [] } as const;
  embedder = await composeEmbedder(options, (event) => logged.push(event));
  const names = ["photo-bridge-by-sander-klootwijk", "clip-food-fries-ganson"];
  pictures = await Promise.all(
    names.map(async (name) => (await readFile(new URL(`${name}.webp`, DEMO))).toString("base64")),
  );
});

afterAll(() => embedder.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return embedder.fetch(
    new Request(`http://embedder${path}`, {
      method: "POST",
      body: text,
      headers: { "content-length": length, ...headers },
    }),
  );
}

async function embed(body: object): Promise<EmbedResponse> {
  const response = await post("/embed", body);
  expect(response.status).toBe(200);
  return EmbedResponse.parse(await response.json());
}

/** OpenAI's form of an answer, as far as it is looked at here. */
interface OpenaiAnswer {
  readonly data: readonly { readonly embedding: string | readonly number[] }[];
}

async function openai(body: object): Promise<OpenaiAnswer> {
  const response = await post("/v1/embeddings", body);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

async function problem(response: Response): Promise<ProblemDocument> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const document = ProblemDocument.parse(await response.json());
  expect(response.status).toBe(document.status);
  return document;
}

function vectorsOf({ vectors }: EmbedResponse): Float32Array[] {
  return vectors.map((text) => required(decodeVector(text ?? "!"), "a vector"));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

const texts = (count: number, text: string) => Array.from({ length: count }, () => ({ text }));
const asText = (text: string) => ({ text });
const asImage = (image: string) => ({ image });

test("both models are listed, in one space of 384 dimensions", async () => {
  const response = await embedder.fetch(new Request("http://embedder/models"));
  const models = EmbedderModels.parse(await response.json());
  expect(models).toMatchObject([
    { id: "all-MiniLM-L6-v2", dimension: 384, modalities: ["text"], maxTokens: 256 },
    { id: "efficientnet-lite0-text", dimension: 384, modalities: ["image"] },
  ]);
});

test("a text's vector does not depend on its neighbours in the batch", async () => {
  const together = vectorsOf(await embed({ model: "text", inputs: TEXTS.map(asText) }));
  for (const [index, text] of TEXTS.entries()) {
    const [alone] = vectorsOf(await embed({ model: "text", inputs: [{ text }] }));
    const difference = largestDifference(
      required(alone, "one vector"),
      required(together[index], "one each"),
    );
    expect(difference).toBeLessThan(1e-5);
  }
});

test("texts are ranked by how well they answer, whatever is asked beside them", async () => {
  const body = {
    query: "Which fruit is red?",
    texts: ["The mountain is high.", "Apples are red fruit.", "Cars can be red."],
  };
  const reply = await post("/rerank", body);
  expect(reply.status).toBe(200);
  const { model, scores } = RerankResponse.parse(await reply.json());
  expect(model).toBe("all-MiniLM-L6-v2/maxsim");
  const [mountain, apples, cars] = scores;
  expect(apples).toBeGreaterThan(cars ?? 1);
  expect(cars).toBeGreaterThan(mountain ?? 1);
  const alone = await post("/rerank", { ...body, texts: body.texts.slice(1, 2) });
  expect(RerankResponse.parse(await alone.json()).scores[0]).toBeCloseTo(apples ?? 1, 4);
});

test("101 texts are over the limit of a reranking", async () => {
  const many = Array.from({ length: 101 }, () => "x");
  const refused = await problem(await post("/rerank", { query: "x", texts: many }));
  expect(refused.code).toBe("limit-exceeded");
});

test("a picture's vector does not depend on its neighbours in the batch", async () => {
  const eight = Array.from({ length: 8 }, (_, i) => pictures[i % 2] ?? "");
  const together = vectorsOf(await embed({ model: "image", inputs: eight.map(asImage) }));
  const [alone] = vectorsOf(
    await embed({ model: "image", inputs: eight.slice(0, 1).map(asImage) }),
  );
  for (const vector of [together[0], together[2], together[6]])
    expect(
      largestDifference(required(alone, "one vector"), required(vector, "one each")),
    ).toBeLessThan(1e-5);
});

test("the same model by role and by id; vectors have unit length", async () => {
  const byRole = await embed({ model: "text", inputs: [{ text: "cat" }] });
  const byId = await embed({ model: "all-MiniLM-L6-v2", inputs: [{ text: "cat" }] });
  expect(byId).toEqual(byRole);
  expect(byRole.tokens).toBe(3);
  expect(Math.hypot(...(vectorsOf(byRole)[0] ?? []))).toBeCloseTo(1, 5);
});

test("a bad picture has no vector and says why; the others of its call have theirs", async () => {
  const [good = ""] = pictures;
  const cut = Buffer.from(good, "base64").subarray(0, 900).toString("base64");
  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64");
  const inputs = [good, cut, svg, good].map(asImage);
  const answer = await embed({ model: "image", inputs, thumbnails: true });
  expect(answer.vectors.map((vector) => vector !== null)).toEqual([true, false, false, true]);
  expect(answer.errors).toMatchObject([
    { index: 1, code: "media-rejected" },
    { index: 2, code: "unsupported-media-type" },
  ]);
  expect(answer.pictures?.[0]).toMatchObject({ type: "image/webp" });
  expect(answer.pictures?.[0]?.thumbnail?.startsWith("UklGR")).toBe(true);
  expect(answer.pictures?.[1]).toBeNull();
});

test("a call of one bad picture is a problem: 422 if broken, 415 if of another type", async () => {
  const cut = Buffer.from(pictures[0] ?? "", "base64")
    .subarray(0, 900)
    .toString("base64");
  const broken = await post("/embed", { model: "image", inputs: [{ image: cut }] });
  expect(await problem(broken)).toMatchObject({ status: 422, code: "media-rejected" });
  const pdf = Buffer.from("%PDF-1.4").toString("base64");
  const other = await post("/embed", { model: "image", inputs: [{ image: pdf }] });
  expect(await problem(other)).toMatchObject({ status: 415, code: "unsupported-media-type" });
});

test("a picture of more than 20 MiB is refused without decoding it", async () => {
  const image = Buffer.alloc(20 * 1024 * 1024 + 1).toString("base64");
  const response = await post("/embed", { model: "image", inputs: [{ image }] });
  expect(await problem(response)).toMatchObject({ code: "limit-exceeded" });
});

test("OpenAI's form gives the same vectors, as numbers or as base64", async () => {
  const wanted = vectorsOf(await embed({ model: "text", inputs: TEXTS.slice(0, 2).map(asText) }));
  const body = { model: "text", input: TEXTS.slice(0, 2), dimensions: 384 };
  const numbers = await openai(body);
  expect(numbers).toMatchObject({
    object: "list",
    model: "all-MiniLM-L6-v2",
    data: [{ object: "embedding", index: 0 }, { index: 1 }],
    usage: { prompt_tokens: 10, total_tokens: 10 },
  });
  for (const [index, vector] of wanted.entries())
    expect(
      largestDifference(Float32Array.from(numbers.data[index]?.embedding ?? [], Number), vector),
    ).toBeLessThan(1e-5);
  const packed = await openai({ model: "text", input: TEXTS[0], encoding_format: "base64" });
  const vector = required(decodeVector(String(packed.data[0]?.embedding)), "a vector");
  expect(largestDifference(vector, required(wanted[0], "two vectors"))).toBeLessThan(1e-5);
});

test.each([
  ["not JSON", "/embed", "{", "malformed-json"],
  [
    "an unknown field",
    "/embed",
    { model: "text", inputs: [{ text: "a" }], x: 1 },
    "invalid-request",
  ],
  ["no input", "/embed", { model: "text", inputs: [] }, "invalid-request"],
  ["257 inputs", "/embed", { model: "text", inputs: texts(257, "a") }, "limit-exceeded"],
  [
    "a text of 40,001 characters",
    "/embed",
    { model: "text", inputs: [{ text: "a".repeat(40_001) }] },
    "limit-exceeded",
  ],
  [
    "more than a million characters",
    "/embed",
    { model: "text", inputs: texts(26, "a".repeat(40_000)) },
    "limit-exceeded",
  ],
  [
    "a picture for the text model",
    "/embed",
    { model: "text", inputs: [{ image: "AA==" }] },
    "invalid-request",
  ],
  ["an unknown model", "/embed", { model: "clip", inputs: [{ text: "a" }] }, "not-found"],
  [
    "other dimensions",
    "/v1/embeddings",
    { model: "text", input: "a", dimensions: 256 },
    "invalid-request",
  ],
  [
    "the picture model in OpenAI's form",
    "/v1/embeddings",
    { model: "image", input: "a" },
    "not-found",
  ],
])("%s is refused", async (_, path, body, code) => {
  expect(await problem(await post(path, body))).toMatchObject({ code });
});

test("a body over the limit is refused by its declared length", async () => {
  const headers = { "content-length": String(64 * 1024 * 1024 + 1) };
  expect(await problem(await post("/embed", "{}", headers))).toMatchObject({
    code: "body-too-large",
  });
});

test("a passed deadline is 504 with Retry-After; a useless one is refused", async () => {
  const body = { model: "text", inputs: TEXTS.map(asText) };
  const passed = await post("/embed", body, { [DEADLINE_HEADER]: "0" });
  expect(passed.headers.get("retry-after")).toBe("1");
  expect(await problem(passed)).toMatchObject({ status: 504, code: "deadline-exceeded" });
  const useless = await post("/embed", body, { [DEADLINE_HEADER]: "soon" });
  expect(await problem(useless)).toMatchObject({ code: "invalid-request" });
});

test("more work than may wait is refused as overloaded, with Retry-After; the rest is answered", async () => {
  const inputs = Array.from({ length: 256 }, (_, i) => ({ text: `word ${i}` }));
  const calls = Array.from({ length: 6 }, () => post("/embed", { model: "text", inputs }));
  const answers = await Promise.all(calls);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(answers.length);
  for (const response of refused) {
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await problem(response)).toMatchObject({ status: 503, code: "overloaded" });
  }
});

test("the caller's request id comes back, in the header and in a problem", async () => {
  const response = await post("/embed", "{", { [REQUEST_ID_HEADER]: "req-7" });
  expect(response.headers.get(REQUEST_ID_HEADER)).toBe("req-7");
  expect(await problem(response)).toMatchObject({ requestId: "req-7" });
});

test("requests and runs are counted, and nothing was logged as a bug", async () => {
  const text = await (await embedder.fetch(new Request("http://embedder/metrics"))).text();
  expect(text).toMatch(/nearfield_embedder_requests_total\{route="\/embed",status="200"\} \d+/);
  expect(text).toContain('nearfield_embedder_inference_seconds_count{model="all-MiniLM-L6-v2"}');
  expect(text).toContain('nearfield_embedder_queue_items{model="efficientnet-lite0-text"} 0');
  expect(logged).toEqual([]);
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EmbedResponse } from "../../shared/contracts/embedder.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { decodeVector } from "../../shared/std/bytes.ts";

/*
 * The service against vectors that other programs made: texts by PyTorch in fp32 from the original weights, pictures by
 * Pillow and Python's ONNX Runtime. The bounds are those of the weights' stored form (int8) and of the other resizer.
 */
const MAIN = fileURLToPath(new URL("../../gpu-embedder/main.ts", import.meta.url));
const DEMO = new URL("../twin/demo/", import.meta.url);
const TEXT_COSINE_MIN = 0.999;
const PICTURE_COSINE_MIN = 0.975;
const PICTURE_COSINE_MEAN_MIN = 0.99;

interface Reference {
  readonly text?: string;
  readonly tokens?: number;
  readonly picture?: string;
  readonly vector: string;
}

let service: ChildProcess;
let url: string;
let references: Reference[];

beforeAll(async () => {
  const rows = await readFile(new URL("./embedder-reference.jsonl", import.meta.url), "utf8");
  references = rows
    .trim()
    .split("\n")
    .map((row): Reference => JSON.parse(row));
  service = spawn(process.execPath, [MAIN], {
    env: { ...process.env, PORT: "0", NEARFIELD_EMBEDDER_THREADS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: required(service.stdout, "its output is piped") });
  const [line] = await once(lines, "line");
  url = `http://127.0.0.1:${JSON.parse(String(line)).port}`;
});

afterAll(() => void service.kill("SIGKILL"));

async function embed(model: "text" | "image", inputs: readonly object[]): Promise<EmbedResponse> {
  const response = await fetch(`${url}/embed`, {
    method: "POST",
    body: JSON.stringify({ model, inputs }),
    signal: AbortSignal.timeout(20_000),
  });
  expect(response.status).toBe(200);
  return EmbedResponse.parse(await response.json());
}

function cosines(answer: EmbedResponse, wanted: readonly Reference[]): number[] {
  return wanted.map(({ vector }, index) =>
    dotProduct(vectorOf(answer.vectors[index] ?? null), vectorOf(vector)),
  );
}

function vectorOf(text: string | null): Float32Array {
  return required(text === null ? null : decodeVector(text), "every input has a vector");
}

test("texts: each vector is the reference's, in one batch of all lengths", async () => {
  const wanted = references.filter(({ text }) => text !== undefined);
  expect(wanted).toHaveLength(64);
  const answer = await embed(
    "text",
    wanted.map(({ text }) => ({ text })),
  );
  const tokens = wanted.reduce((sum, row) => sum + (row.tokens ?? 0), 0);
  expect(answer.tokens).toBe(tokens);
  const found = cosines(answer, wanted);
  for (const [index, cosine] of found.entries())
    expect([wanted[index]?.text, cosine >= TEXT_COSINE_MIN]).toEqual([wanted[index]?.text, true]);
  console.info(`texts: lowest cosine ${Math.min(...found).toFixed(5)}`);
});

test("pictures: each vector is close to the reference's, and closer in the mean", async () => {
  const wanted = references.filter(({ picture }) => picture !== undefined);
  expect(wanted).toHaveLength(32);
  const files = await Promise.all(
    wanted.map(({ picture = "" }) => readFile(new URL(picture, DEMO), "base64")),
  );
  const found = cosines(
    await embed(
      "image",
      files.map((image) => ({ image })),
    ),
    wanted,
  );
  const lowest = Math.min(...found);
  const mean = found.reduce((sum, cosine) => sum + cosine, 0) / found.length;
  console.info(`pictures: lowest cosine ${lowest.toFixed(5)}, mean ${mean.toFixed(5)}`);
  expect(lowest).toBeGreaterThanOrEqual(PICTURE_COSINE_MIN);
  expect(mean).toBeGreaterThanOrEqual(PICTURE_COSINE_MEAN_MIN);
});

test("texts find pictures: both models share one space", async () => {
  const names = ["clip-food-fruit-lemon-slice-ganson", "clip-tools-hammer-nicu-buculei-01"];
  const files = await Promise.all(
    names.map((name) => readFile(new URL(`pictures/${name}.webp`, DEMO), "base64")),
  );
  const pictures = await embed(
    "image",
    files.map((image) => ({ image })),
  );
  const queries = await embed("text", [{ text: "a slice of lemon" }, { text: "a hammer" }]);
  for (const [own, query] of queries.vectors.entries()) {
    const scores = pictures.vectors.map((picture) =>
      dotProduct(vectorOf(query), vectorOf(picture)),
    );
    expect(scores.indexOf(Math.max(...scores))).toBe(own);
  }
});

test("told to end, the service ends by itself", async () => {
  const ended = once(service, "exit");
  service.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTwin, type RunningTwin } from "./start-twin.ts";

const MAIN = fileURLToPath(new URL("../../shared/cli/main.ts", import.meta.url));
const PICTURES = fileURLToPath(new URL("../twin/demo/", import.meta.url));
const AXES = 4;

let twin: RunningTwin;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-evaluate-"));
  twin = await startTwin();
  const client = await twin.client("fra", { session: true });
  await client.createCollection({
    name: "small",
    spaces: { v: { model: "none", dimension: AXES }, image: { model: "image" } },
  });
  const picture = await firstPicture();
  const documents = ["a", "b", "c", "d"].map((id, i) => ({
    id,
    text: `The document ${id}.`,
    vectors: { v: near(i) },
  }));
  await client.putDocuments({
    collection: "small",
    documents: [
      ...documents,
      { id: "picture", image: { base64: (await readFile(picture)).toString("base64") } },
    ],
  });
  await copyFile(picture, path.join(folder, "asked.webp"));
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
  await rm(folder, { recursive: true });
});

/** Nearest to the i-th axis, then to the next ones, going round. */
function near(i: number): number[] {
  const vector = Array.from({ length: AXES }, () => 0);
  for (let step = 0; step < AXES; step++) vector[(i + step) % AXES] = 1 / (1 + 3 * step);
  return vector;
}

async function firstPicture(): Promise<string> {
  const [line = ""] = (await readFile(path.join(PICTURES, "pictures.jsonl"), "utf8")).split("\n");
  return path.join(PICTURES, (JSON.parse(line) as { file: string }).file);
}

async function file(name: string, ...lines: readonly unknown[]): Promise<string> {
  const at = path.join(folder, name);
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  await writeFile(at, `${texts.join("\n")}\n`);
  return at;
}

async function nearfield(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

const evaluate = (queries: string, qrels: string, ...more: readonly string[]) =>
  nearfield(
    "evaluate",
    "--collection",
    "small",
    "--queries",
    queries,
    "--qrels",
    qrels,
    "--state",
    twin.state,
    ...more,
  );

test("a small collection gives the figures that were worked out by hand, by pair and by variant", async () => {
  const axis = (i: number) => Array.from({ length: AXES }, (_, j) => (i === j ? 1 : 0));
  const queries = await file(
    "queries.jsonl",
    { id: "first", vector: axis(0), space: "v" },
    { id: "second", vector: axis(1), space: "v" },
    { id: "seen", image: "asked.webp", space: "image" },
    { id: "unjudged", vector: axis(2), space: "v" },
  );
  // Along axis i the documents come by how near they are to it: i itself, then those before it, going round.
  const qrels = await file(
    "qrels.txt",
    "first 0 a 1",
    "second 0 b 1",
    "second 0 a 2",
    "seen 0 picture 1",
  );
  const json = path.join(folder, "report.json");
  const variants = ["plain={}", 'worse={"query":{"vector":[0,0,1,0],"space":"v"}}'];
  const { code, out, err } = await evaluate(
    queries,
    qrels,
    "--k",
    "2",
    "--json",
    json,
    ...variants.flatMap((variant) => ["--variant", variant]),
  );
  expect(err).toContain("1 of 4 queries have no right document");
  expect(code).toBe(0);
  expect(out).toContain("vector -> text: 2 queries");
  expect(out).toContain("image -> image: 1 query");
  const report = JSON.parse(await readFile(json, "utf8"));
  expect(report).toMatchObject({
    collection: "small",
    k: 2,
    queries: 3,
    measured: 3,
    failures: [],
  });
  const [, vectors] = report.pairs;
  expect(vectors).toMatchObject({ pair: "vector -> text", n: 2 });
  const [plain, worse] = vectors.variants;
  // `first` finds a at once. `second` finds b then a: all of it, but 1 + 2/log2(3) of the gain 2 + 1/log2(3).
  expect(plain.metrics["Recall@1"].mean).toBeCloseTo((1 + 1 / 2) / 2);
  expect(plain.metrics["Recall@2"].mean).toBe(1);
  expect(plain.metrics["MRR@2"].mean).toBe(1);
  const gain = (1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3));
  expect(plain.metrics["nDCG@2"].mean).toBeCloseTo((1 + gain) / 2);
  // Along the third axis come c and b: `first` finds nothing, `second` finds b at rank 2.
  expect(worse.metrics["MRR@2"].mean).toBeCloseTo((0 + 1 / 2) / 2);
  expect(worse.againstFirst["MRR@2"].mean).toBeCloseTo(1 / 4 - 1);
  expect(report.perQuery[1].answers.plain).toMatchObject({ ids: ["b", "a"], partial: false });
  expect(report.answers[0]).toMatchObject({ variant: "plain", answers: 3, rerankSkipped: 0 });
});

test("a query that is refused is told, and the others are measured all the same", async () => {
  const queries = await file(
    "queries.jsonl",
    { id: "good", vector: [1, 0, 0, 0], space: "v" },
    { id: "short", vector: [1, 0], space: "v" },
  );
  const qrels = await file("qrels.txt", "good 0 a 1", "short 0 a 1", "good 0 gone 1");
  const { code, out, err } = await evaluate(queries, qrels);
  expect(code).toBe(1);
  expect(out).toContain("vector -> text: 1 query");
  expect(err).toContain("1 of 2 right documents are not in small");
  expect(err).toMatch(/short, plain: invalid-vector: /);
});

describe("one clear line, and status 1", () => {
  test("for each bad line of a file", async () => {
    const queries = await file("queries.jsonl", { id: "a", text: "x" }, "{");
    const qrels = await file("qrels.txt", "a 0 b");
    expect(await evaluate(queries, qrels)).toMatchObject({
      code: 1,
      err: `${queries}:2: not JSON\n`,
    });
    const good = await file("queries.jsonl", { id: "a", text: "x" });
    expect(await evaluate(good, qrels)).toMatchObject({
      code: 1,
      err: `${qrels}:1: neither JSON nor query 0 document grade\n`,
    });
  });

  test("where nothing can be measured, nothing answers, or nothing is there", async () => {
    const queries = await file("queries.jsonl", { id: "a", vector: [1, 0, 0, 0], space: "v" });
    const none = await file("none.txt", "a 0 b 0");
    const qrels = await file("qrels.txt", "a 0 a 1");
    expect((await evaluate(queries, none)).err).toContain("Nothing to measure");
    const without = await evaluate(queries, qrels, "--state", folder);
    expect(without).toMatchObject({ code: 1, out: "" });
    expect(without.err).toMatch(/^No twin runs here .*\n$/);
    const unknown = await evaluate(queries, qrels, "--collection", "nothing");
    expect(unknown).toMatchObject({ code: 1, out: "" });
    expect(unknown.err).toMatch(/^There is no such thing: .*\n$/);
    expect((await evaluate(queries, qrels, "--variant", "v={")).err).toMatch(/^--variant v: .*\n$/);
  });
});

test("--help tells the options and the files", async () => {
  expect(await nearfield("--help")).toMatchObject({
    code: 0,
    out: expect.stringContaining("evaluate [options]"),
  });
  const { code, out } = await nearfield("evaluate", "--help");
  expect(code).toBe(0);
  for (const word of ["--variant", "--qrels", "NEARFIELD_KEY", "$text", "TREC"])
    expect(out).toContain(word);
  expect((await nearfield("evaluate")).err).toContain("--collection");
});

test("a collection that has none of the right documents is said to be the wrong one, before anything is asked", async () => {
  const queries = await file("apart.jsonl", { id: "first", vector: near(0), space: "v" });
  const qrels = await file("apart.txt", "first 0 nothing 1");
  const { code, err } = await evaluate(queries, qrels);
  expect(code).toBe(1);
  expect(err).toContain("No right document is in small");
});

import { Agent } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import { sizeOf, type Benchmark, type BenchOptions, type Figure } from "./benchmark.ts";
import { benchDocuments, randomVector } from "./bench-documents.ts";
import { PRIMARY } from "../twin/topology.ts";
import { SPACE, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { addAll, DIMENSION, mergeAll, openRaw } from "./ingest-raw.ts";
import { figureOf } from "./figures.ts";
import { send } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round, type Rounds } from "./paired.ts";

const SEED = 37;
const SHARDS = 4;
/** Documents of one request, and requests under way at once. */
const BATCH = 250;
const AT_ONCE = 2;
const TEXTS_COLLECTION = "texts";
const TEXTS_BATCH = 50;
const EMBED_BATCH = 64;
const DEADLINE_MS = 30_000;
export const ingest: Benchmark = {
  name: "ingest",
  measures:
    "documents/s through one location until the primary can be asked for them, vectors given and with texts to embed; three regions, WAN off",
  reference:
    "LanceDB's own `add` and `mergeInsert` of the same rows; the embedder alone with the same texts",
  sizes: { documents: 1_000, texts: 200 },

  async run(options) {
    const bench = await startBenchTwin({
      documents: 250,
      dimension: DIMENSION,
      shards: SHARDS,
      seed: SEED,
      say: options.say,
    });
    const root = await mkdtemp(path.join(tmpdir(), "nearfield-bench-"));
    try {
      return await measure(bench, root, options);
    } finally {
      await bench.end();
      await rm(root, { recursive: true, force: true });
    }
  },
};

async function measure(bench: BenchTwin, root: string, options: BenchOptions) {
  const { rounds, say } = options;
  const [documents, texts] = [sizeOf(options, "documents"), sizeOf(options, "texts")];
  const random = seededRandom(SEED);
  await bench.client.createCollection({
    name: TEXTS_COLLECTION,
    spaces: { text: { model: "text" } },
    fields: { kind: "string", n: "number" },
    shards: SHARDS,
  });
  const raw = await openRaw(root);
  let round = 0;
  try {
    say(`${documents} documents with vectors, ${texts} with texts, a side and round`);
    const sides = await measureInTurn(
      {
        vectors: async () => {
          const batch = withVectors(documents, round++, random);
          const rate = await rateOf(documents, () => putAll(bench, batch, BATCH));
          await bench.settle();
          return rate;
        },
        add: () => {
          const batch = withVectors(documents, round++, random);
          return rateOf(documents, () => addAll(raw.added, raw.layout, batch));
        },
        upsert: () => {
          const batch = withVectors(documents, round++, random);
          return rateOf(documents, () => mergeAll(raw.merged, raw.layout, batch));
        },
        texts: async () => {
          const batch = withTexts(texts, round++, random);
          const rate = await rateOf(texts, () =>
            putAll(bench, batch, TEXTS_BATCH, TEXTS_COLLECTION),
          );
          await bench.settle(TEXTS_COLLECTION);
          return rate;
        },
        embedder: () => {
          const batch = withTexts(texts, round++, random);
          return rateOf(texts, () => embedAll(bench, batch));
        },
      },
      { rounds, warmUps: 1 },
    );
    return {
      figures: figuresOf(sides),
      sides,
      sizes: {
        documents,
        texts,
        dimension: DIMENSION,
        shards: SHARDS,
        batch: BATCH,
        textsBatch: TEXTS_BATCH,
        requestsAtOnce: AT_ONCE,
      },
      seed: SEED,
      notes: [
        "A document is acknowledged once it is in the log and the primary has applied it; two more regions apply it beside, on the same cores.",
        "The raw sides write rows that are ready: nothing is parsed, checked, logged or looked up.",
      ],
    };
  } finally {
    raw.close();
  }
}

function figuresOf(sides: Rounds<"vectors" | "add" | "upsert" | "texts" | "embedder">): Figure[] {
  const rate = (side: keyof typeof sides) => spread(values(sides[side], "rate"));
  return [
    figureOf("vectors given, to raw `add`", "x", ratio(sides.vectors, sides.add, "rate"), {
      atLeast: 0.5,
    }),
    figureOf(
      "vectors given, to raw `mergeInsert`",
      "x",
      ratio(sides.vectors, sides.upsert, "rate"),
    ),
    figureOf("with texts, to the embedder alone", "x", ratio(sides.texts, sides.embedder, "rate"), {
      atLeast: 0.9,
    }),
    figureOf("vectors given", "documents/s", rate("vectors")),
    figureOf("raw `add`", "documents/s", rate("add")),
    figureOf("raw `mergeInsert`", "documents/s", rate("upsert")),
    figureOf("with texts", "documents/s", rate("texts")),
    figureOf("the embedder alone", "documents/s", rate("embedder")),
  ];
}

async function rateOf(count: number, work: () => Promise<void>): Promise<Round> {
  const startMs = performance.now();
  await work();
  return { rate: count / ((performance.now() - startMs) / 1_000) };
}

function withVectors(count: number, round: number, random: Random): DocumentInput[] {
  return renamed(
    benchDocuments(count, SPACE, () => randomVector(DIMENSION, random), random),
    round,
  );
}

function withTexts(count: number, round: number, random: Random): DocumentInput[] {
  const documents = benchDocuments(count, SPACE, () => new Float32Array(1), random);
  return renamed(
    documents.map(({ vectors: _, ...document }) => document),
    round,
  );
}

/** New documents each round: an upsert of an old one is other work. */
function renamed(documents: readonly DocumentInput[], round: number): DocumentInput[] {
  return documents.map((document) => ({ ...document, id: `${round}-${document.id}` }));
}

async function putAll(
  bench: BenchTwin,
  documents: readonly DocumentInput[],
  batch: number,
  collection?: string,
): Promise<void> {
  const calls: ((agent: Agent) => Promise<void>)[] = [];
  for (let start = 0; start < documents.length; start += batch)
    calls.push(async (agent) => {
      const call = bench.put(documents.slice(start, start + batch), collection);
      const { status, body } = await send(agent, call, DEADLINE_MS);
      if (status !== 200)
        throw new Error(`a write was answered ${status}: ${body.toString().slice(0, 300)}`);
    });
  await atOnce(calls);
}

async function embedAll(bench: BenchTwin, documents: readonly DocumentInput[]): Promise<void> {
  const { url } = required(
    bench.report.embedders.find(({ region }) => region === PRIMARY),
    "the primary has an embedder",
  );
  // What the primary asks for: the title with the text.
  const inputs = documents.map(({ title, text }) => ({ text: `${title ?? ""}\n${text ?? ""}` }));
  const calls: ((agent: Agent) => Promise<void>)[] = [];
  for (let start = 0; start < inputs.length; start += EMBED_BATCH)
    calls.push(async (agent) => {
      const body = JSON.stringify({
        model: "text",
        inputs: inputs.slice(start, start + EMBED_BATCH),
      });
      const headers = { "content-type": "application/json" };
      const { status } = await send(
        agent,
        { url: `${url}/embed`, method: "POST", headers, body },
        DEADLINE_MS,
      );
      if (status !== 200) throw new Error(`the embedder answered ${status}`);
    });
  await atOnce(calls);
}

async function atOnce(calls: readonly ((agent: Agent) => Promise<void>)[]): Promise<void> {
  // A connection that was idle while other sides were measured may be about to be closed.
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  const caller = async () => {
    for (;;) {
      const call = calls[next++];
      if (call === undefined) return;
      await call(agent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  agent.destroy();
}

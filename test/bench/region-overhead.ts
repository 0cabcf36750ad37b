import { connect, type Table } from "@lancedb/lancedb";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { laidOut } from "../../lambdas/catalog/layout.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { search } from "../../lambdas/search/search.ts";
import { wantedMap } from "../../shared/contracts/collection.ts";
import { SearchEvent } from "../../shared/contracts/region-event.ts";
import { dotProduct, toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector, decodeVector } from "../../shared/std/bytes.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { benchDocuments, latentVectors } from "./bench-documents.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import type { Benchmark, BenchOptions, Figure } from "./benchmark.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { fillStore, searchDeps } from "./region-in-process.ts";

const SEED = 13;
const DOCUMENTS = 10_000;
const DIMENSION = 384;
const LATENT = 24;
const K = 10;
const QUERIES = 100;
const BATCH = 2_000;
const DEADLINE_MS = 10_000;
/** As lambdas/adapters/lancedb-view.ts walks the index. */
const EF = 150;
const REFINE_FACTOR = 2;

const CALLER = { tenant: "bench", keyId: "bench", scopes: ["read" as const] };
const RECORD = collectionRecord({
  tenant: CALLER.tenant,
  spaces: { v: { model: "none", digest: null, dimension: DIMENSION, metric: "cosine", weight: 1 } },
  fields: { kind: "string", n: "number" },
});

export const regionOverhead: Benchmark = {
  name: "region-overhead",
  measures:
    "`search` on one shard: a vector query, event parsed, freshness checked, payloads hydrated, in process",
  reference:
    "the raw LanceDB call on the same table version, with the same fields, index and breadth",

  async run(options) {
    const root = await mkdtemp(path.join(tmpdir(), "nearfield-bench-"));
    const store = await openLanceDbStore({ root });
    try {
      return await measure(root, store, options);
    } finally {
      await store.close();
      await rm(root, { recursive: true, force: true });
    }
  },
};

async function measure(root: string, store: VectorStore, { rounds, say }: BenchOptions) {
  say(`writing and indexing ${DOCUMENTS} documents`);
  const random = seededRandom(SEED);
  const nextVector = latentVectors(DIMENSION, LATENT, random);
  const documents = benchDocuments(DOCUMENTS, "v", nextVector, random);
  const checkpoint = await fillStore(store, RECORD, documents, BATCH);
  const deps = searchDeps(store, RECORD, checkpoint);
  const table = await openRaw(root, checkpoint.versions[0] ?? 0);
  const queries = Array.from({ length: QUERIES }, () => unit(nextVector()));
  const askNearfield = async (query: Float32Array) => (await askRegion(deps, query)).ids;
  const askTable = (query: Float32Array) => askRaw(table, query);
  say(`${QUERIES} queries a side and round, one after another`);
  const sides = await measureInTurn(
    { nearfield: () => timeAll(queries, askNearfield), raw: () => timeAll(queries, askTable) },
    { rounds, warmUps: 2 },
  );
  const vectors = documents.map((document) =>
    unit(required(decodeVector(String(document.vectors?.["v"])), "a vector is whole")),
  );
  const { timings } = await askRegion(deps, required(queries[0], "there is a query"));
  const figures: Figure[] = [
    figureOf("p50 to the raw call", "x", ratio(sides.nearfield, sides.raw, "p50"), {
      atMost: 1.15,
    }),
    figureOf("p50 of search", "ms", spread(values(sides.nearfield, "p50"))),
    figureOf("p50 of the raw call", "ms", spread(values(sides.raw, "p50"))),
    {
      what: "recall@10 of search",
      value: await recallOf(queries, vectors, askNearfield),
      unit: "",
    },
    {
      what: "recall@10 of the raw call",
      value: await recallOf(queries, vectors, askTable),
      unit: "",
    },
  ];
  return {
    figures,
    sides,
    sizes: {
      documents: DOCUMENTS,
      dimension: DIMENSION,
      latent: LATENT,
      k: K,
      queriesPerRound: QUERIES,
    },
    seed: SEED,
    notes: [
      "search asks for twice k candidates, and some for ties, with their payloads in the one call; the raw side asks for k.",
      `stages of the last search, ms: ${JSON.stringify(timings)}`,
    ],
  };
}

function unit(vector: Float32Array): Float32Array {
  return required(toUnitVector(vector), "a vector of some length");
}

async function openRaw(root: string, version: number): Promise<Table> {
  const connection = await connect(
    path.join(root, laidOut(RECORD, wantedMap(RECORD)).layout.key, "tables"),
  );
  return connection.openTable("shard_0", [], { version });
}

async function askRegion(
  deps: ReturnType<typeof searchDeps>,
  query: Float32Array,
): Promise<{ ids: string[]; timings: Readonly<Record<string, number>> }> {
  const event = SearchEvent.parse({
    op: "retrieve",
    requestId: "bench",
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    context: { caller: CALLER, issuedMs: 0, signature: "" },
    deadlineMs: DEADLINE_MS,
    collection: RECORD.name,
    freshness: { consistency: "bounded", maxStalenessMs: 5_000, token: null },
    queries: [{ vector: encodeVector(query), space: "v", weight: 1 }],
    k: K,
    coverage: "any",
    known: null,
  });
  const result = await search(deps, CALLER, event, AbortSignal.timeout(DEADLINE_MS));
  if (result.kind !== "answer" || result.hits.length !== K)
    throw new Error(`search said ${JSON.stringify(result).slice(0, 300)}`);
  return { ids: result.hits.map(({ id }) => id), timings: result.timings };
}

async function askRaw(table: Table, query: Float32Array): Promise<string[]> {
  const found = await table
    .query()
    .nearestTo(query)
    .column("v_v")
    .distanceType("cosine")
    .ef(EF)
    .refineFactor(REFINE_FACTOR)
    .limit(K)
    .select(["id", "passage", "position", "body", "m_kind", "m_n", "_distance"])
    .toArray();
  return found.map((row: { readonly id: string; readonly body: string }) => {
    JSON.parse(row.body); // The payload as an object, which the other side gives too.
    return row.id;
  });
}

async function timeAll(
  queries: readonly Float32Array[],
  ask: (query: Float32Array) => Promise<unknown>,
): Promise<Round> {
  const times: number[] = [];
  for (const query of queries) {
    const startMs = performance.now();
    await ask(query);
    times.push(performance.now() - startMs);
  }
  return { p50: percentile(times, 50), p99: percentile(times, 99) };
}

/** Share of the exactly nearest K that were found. */
async function recallOf(
  queries: readonly Float32Array[],
  vectors: readonly Float32Array[],
  ask: (query: Float32Array) => Promise<string[]>,
): Promise<number> {
  let found = 0;
  for (const query of queries) {
    const exact = vectors
      .map((vector, i) => ({ id: `doc-${i}`, similarity: dotProduct(query, vector) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, K);
    const got = new Set(await ask(query));
    found += exact.filter(({ id }) => got.has(id)).length;
  }
  return found / (queries.length * K);
}

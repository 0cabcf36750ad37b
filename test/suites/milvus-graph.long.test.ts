import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MilvusIndex } from "../../lambdas/adapters/milvus-index.ts";
import { openMilvusStore } from "../../lambdas/adapters/milvus-store.ts";
import type { StoreView, VectorStore } from "../../lambdas/ports/store.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { MilvusServer } from "./milvus-lite.ts";
import { startMilvusServer } from "./milvus-server.ts";
import {
  clusteredDocuments,
  deadline,
  exactCandidates,
  prepared,
  randomUnit,
  type Prepared,
} from "./store-rows.ts";

const ROWS = 5_000;
const K = 10;
const SEALED_MS_MAX = 120_000;
const DOCUMENTS = clusteredDocuments(ROWS, 7);
const GRAPHS = {
  "as in production": { kind: "HNSW", m: 24, efConstruction: 300, ef: 150 },
  // So few edges that no ef leads to all that match a filter.
  "far too thin": { kind: "HNSW", m: 4, efConstruction: 8, ef: 1 },
  "as the server thinks best": { kind: "AUTOINDEX" },
} as const satisfies Record<string, MilvusIndex>;
type GraphName = keyof typeof GRAPHS;

let server: MilvusServer;
const stores: VectorStore[] = [];
const views = new Map<GraphName, StoreView>();

beforeAll(async () => {
  server = await startMilvusServer();
  const opened = new Map<GraphName, Prepared>();
  for (const name of names()) {
    const store = await openMilvusStore({ address: server.address, index: GRAPHS[name] });
    stores.push(store);
    opened.set(name, await prepared(store));
  }
  for (const { apply } of opened.values())
    for (let i = 0; i < ROWS; i += 1_000) await apply(DOCUMENTS.slice(i, i + 1_000));
  await sealed([...opened.values()].map(({ layout }) => `${layout.key}_s0_space_text`));
  for (const [name, { view }] of opened) views.set(name, await view());
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await server.stop();
});

test.each<[GraphName, number]>([
  ["as in production", 0.95],
  ["as the server thinks best", 0.95],
  ["far too thin", 0],
])("a graph %s: min(k, matches) under every filter, recall at least %d", async (name, least) => {
  const ways = new Set<string>();
  for (const filter of FILTERS) {
    let hits = 0;
    let wanted = 0;
    for (const vector of queries()) {
      const exact = exactCandidates(DOCUMENTS, "text", vector, K, filter);
      const query = { shard: 0, space: "text", vector, k: K, filter };
      const { candidates, method } = await viewOf(name).search(query, deadline());
      ways.add(method.kind);
      expect(candidates.length, JSON.stringify(filter)).toBe(exact.length);
      const ids = new Set(candidates.map(({ id }) => id));
      hits += exact.filter(({ id }) => ids.has(id)).length;
      wanted += exact.length;
    }
    expect(hits / wanted, JSON.stringify(filter)).toBeGreaterThanOrEqual(least);
  }
  // Where the graph does not lead to enough, and only there, all that matches is compared.
  expect([...ways].toSorted()).toEqual(name === "far too thin" ? ["graph", "scan"] : ["graph"]);
});

test("an exact search is exact beside any graph, and says that it was a scan", async () => {
  for (const name of names()) {
    for (const vector of queries().slice(0, 4)) {
      const query = { shard: 0, space: "text", vector, k: K, filter: null, exact: true };
      const found = await viewOf(name).search({ ...query, bodies: true }, deadline());
      const exact = exactCandidates(DOCUMENTS, "text", vector, K, null);
      expect(found.candidates.map(({ id }) => id)).toEqual(exact.map(({ id }) => id));
      expect(found.method).toEqual({ kind: "scan", because: "an exact answer was asked for" });
      expect(found.candidates[0]?.body).toBe('{"passage":0}');
    }
  }
});

test("more replicas than there are query nodes: one clear failure", async () => {
  const store = await openMilvusStore({ address: server.address, replicas: 3 });
  stores.push(store);
  await expect(prepared(store)).rejects.toThrow(/^Milvus loadCollection: .*node/);
});

const FILTERS: readonly (Filter | null)[] = [
  null,
  { op: "lt", field: "Year", value: 50 },
  { op: "lt", field: "Year", value: 10 },
  { op: "eq", field: "Year", value: 42 },
  { op: "eq", field: "kind", value: "cluster 5" },
  {
    op: "and",
    filters: [
      { op: "eq", field: "kind", value: "cluster 5" },
      { op: "lt", field: "Year", value: 4 },
    ],
  },
];

/** Milvus walks a graph only in segments that it has closed and indexed: of its own accord after minutes. */
async function sealed(collections: readonly string[]): Promise<void> {
  const client = new MilvusClient({ address: server.address, logLevel: "error" });
  try {
    await client.flushSync({ collection_names: [...collections] });
    const late = AbortSignal.timeout(SEALED_MS_MAX);
    for (const collection of collections) {
      for (;;) {
        const { infos } = await client.getQuerySegmentInfo({ collectionName: collection });
        const rows = infos
          .filter(({ state, index_name: index }) => String(state) === "Sealed" && index !== "")
          .reduce((sum, { num_rows: held }) => sum + Number(held), 0);
        if (rows === ROWS) break;
        late.throwIfAborted();
        await delay(250);
      }
    }
  } finally {
    await client.closeConnection();
  }
}

function names(): GraphName[] {
  return ["as in production", "far too thin", "as the server thinks best"];
}

function viewOf(name: GraphName): StoreView {
  return required(views.get(name), "every graph has a view");
}

function queries(): Float32Array[] {
  const random = seededRandom(11);
  return Array.from({ length: 12 }, () => randomUnit(random));
}

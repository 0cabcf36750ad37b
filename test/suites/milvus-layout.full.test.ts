import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMilvusStore, type MilvusStoreOptions } from "../../lambdas/adapters/milvus-store.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { planIndex } from "../../shared/domain/index-plan.ts";
import { startMilvusLite, type MilvusServer } from "./milvus-lite.ts";
import { away, checkpointOf, deadline, deleted, document, newLayout, row } from "./store-rows.ts";

let server: MilvusServer;
let client: MilvusClient;
const stores: VectorStore[] = [];

beforeAll(async () => {
  server = await startMilvusLite();
  client = new MilvusClient({ address: server.address, logLevel: "error" });
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await client.closeConnection();
  await server.stop();
});

test("a server that can gets one collection a shard; what lies in several is found as it lies", async () => {
  const [automatic, single] = [await opened({}), await opened({ vectorFields: "single" })];
  const [plain, spread] = [newLayout(), newLayout()];
  await automatic.prepare(plain, deadline());
  await single.prepare(spread, deadline());
  await single.apply(spread, 0, [document("a", 1, { vectors: { text: away(0) } })], deadline());
  expect(await collections(plain.key)).toEqual(["checkpoints", "s0"]);
  const asSpread = ["checkpoints", "s0_rows", "s0_space_image", "s0_space_text"];
  expect(await collections(spread.key)).toEqual(asSpread);
  for (const store of [automatic, await opened({})])
    expect(await found(store, spread)).toEqual(["a 0"]);
  expect(await collections(spread.key)).toEqual(asSpread);
  await automatic.drop(spread, deadline());
  expect(await collections(spread.key)).toEqual([]);
});

test("vectors that a cut-off write left in a space are gone after the next one, and are no document's", async () => {
  const store = await opened({ vectorFields: "single" });
  const layout = newLayout();
  await store.prepare(layout, deadline());
  const written = (position: number, passages: readonly number[]) => ({
    id: "a",
    position,
    rows: passages.map((passage) => row(passage, { vectors: { text: away(passage) } })),
  });
  await store.apply(layout, 0, [written(5, [0, 1, 2, 3])], deadline());
  // As if that write had ended before the rows were written.
  await client.delete({ collection_name: `${layout.key}_s0_rows`, filter: 'row > ""' });
  await store.apply(layout, 0, [written(6, [0, 1])], deadline());
  expect(await found(store, layout)).toEqual(["a 0", "a 1"]);
  await store.apply(layout, 0, [deleted("a", 7)], deadline());
  expect(await found(store, layout)).toEqual([]);
});

test.each(["multi", "single"] as const)(
  "laid %s, words are found in flushed segments and in memory, as they are now",
  async (vectorFields) => {
    const store = await opened({ vectorFields });
    const layout = newLayout(1, true);
    await store.prepare(layout, deadline());
    const write = (id: string, position: number, text: string) =>
      store.apply(layout, 0, [document(id, position, { text })], deadline());
    await write("old", 1, "a tiger in the long grass");
    await write("changed", 1, "a tiger too");
    await write("dead", 1, "tiger");
    const rows = `${layout.key}_s0${vectorFields === "multi" ? "" : "_rows"}`;
    await client.flushSync({ collection_names: [rows] });
    await write("new", 2, "Ein TÍGER, ganz neu");
    await write("changed", 2, "a lion now");
    await store.apply(layout, 0, [deleted("dead", 2)], deadline());
    const view = await store.openView(layout, checkpointOf(layout, [null]), deadline());
    const query = { shard: 0, text: "tiger", k: 10, filter: null };
    const { candidates } = await view.match(query, deadline());
    // Which of both is better is each segment's to say: the stated difference.
    expect(candidates.map(({ id }) => id).toSorted()).toEqual(["new", "old"]);
    expect(candidates.every(({ similarity }) => similarity > 0)).toBe(true);
  },
);

test.each(["multi", "single"] as const)(
  "laid %s, a space has the index that its collection planned; where it planned none, the store's",
  async (vectorFields) => {
    const store = await opened({ vectorFields, index: { kind: "AUTOINDEX" } });
    const graph = planIndex({ index: { kind: "hnsw", m: 16, ef: 200 } }, 8);
    const spaces = [
      { name: "graph", index: graph },
      { name: "exact", index: planIndex({ index: "exact" }, 8) },
      { name: "free", index: planIndex({}, 8) },
    ].map((space) => ({ ...space, dimension: 8, metric: "cosine" as const }));
    const layout = { ...newLayout(), spaces };
    await store.prepare(layout, deadline());
    const kinds = spaces.map(async ({ name }) => {
      const table = `${layout.key}_s0${vectorFields === "multi" ? "" : `_space_${name}`}`;
      const place = { collection_name: table, field_name: `v_${name}` };
      const { index_descriptions: found } = await client.describeIndex(place);
      const mine = found.find(({ field_name: field }) => field === place.field_name);
      return mine?.params.find(({ key }) => key === "index_type")?.value;
    });
    expect(await Promise.all(kinds)).toEqual(["HNSW", "FLAT", "AUTOINDEX"]);
    const vector = Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0]);
    const vectors = { graph: vector, exact: vector, free: vector };
    await store.apply(layout, 0, [document("a", 1, { vectors })], deadline());
    const view = await store.openView(layout, checkpointOf(layout, [null]), deadline());
    const methodOf = async (space: string) =>
      (await view.search({ shard: 0, space, vector, k: 1, filter: null }, deadline())).method;
    expect(await methodOf("graph")).toEqual({ kind: "graph", because: "HNSW, ef 200" });
    expect(await methodOf("exact")).toEqual({ kind: "scan", because: "the index is FLAT" });
  },
);

async function opened(options: Partial<MilvusStoreOptions>): Promise<VectorStore> {
  const store = await openMilvusStore({ ...options, address: server.address });
  stores.push(store);
  return store;
}

async function found(store: VectorStore, layout: ReturnType<typeof newLayout>): Promise<string[]> {
  const view = await store.openView(layout, checkpointOf(layout, [null]), deadline());
  const query = { shard: 0, space: "text", vector: away(0), k: 10, filter: null };
  const { candidates } = await view.search(query, deadline());
  return candidates.map(({ id, passage }) => `${id} ${passage}`);
}

/** Names after the layout's key, in order. */
async function collections(key: string): Promise<string[]> {
  const { data } = await client.listCollections();
  return data
    .map(({ name }) => name)
    .filter((name) => name.startsWith(key))
    .map((name) => name.slice(key.length + 1))
    .toSorted();
}

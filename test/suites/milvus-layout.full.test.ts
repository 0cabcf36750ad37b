import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMilvusStore, type MilvusStoreOptions } from "../../lambdas/adapters/milvus-store.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
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

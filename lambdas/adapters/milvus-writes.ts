import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { required } from "../../shared/std/assert.ts";
import type { DocumentState, StoreLayout } from "../ports/store.ts";
import { milvusCall, RPC_MS_MAX } from "./milvus-call.ts";
import { inList } from "./milvus-filter.ts";
import { IDS_PER_QUERY, queryRows, RESULTS_MAX } from "./milvus-reads.ts";
import {
  PLACE_FIELDS,
  plainRow,
  readPlace,
  rowKey,
  withAllVectors,
  withVector,
  withWords,
  type MilvusRow,
} from "./milvus-rows.ts";
import { UNUSED_VECTOR, type ShardTables, type SpaceTable } from "./milvus-tables.ts";
import { rowsToWrite, type HeldRow, type TableRow } from "./rows-to-write.ts";

/** A call of Milvus takes 64 MB at most. */
const UPSERT_BYTES_MAX = 16 * 1024 * 1024;
/** Keys have up to 1 KB, and all of them are in one filter. */
const KEYS_PER_DELETE = 500;
/** Longest that a write goes on, whoever still waits for it: the reads and upserts of one batch, or a checkpoint's rounds. */
export const WRITE_MS_MAX = 60_000;

/** Makes a shard's documents what they are to be. One caller at a time: what is stored is read, then written. */
export async function applyDocuments(
  client: MilvusClient,
  layout: StoreLayout,
  tables: ShardTables,
  documents: readonly DocumentState[],
  wallMs: () => number,
): Promise<void> {
  for (let start = 0; start < documents.length; start += IDS_PER_QUERY) {
    const batch = documents.slice(start, start + IDS_PER_QUERY);
    const signal = AbortSignal.timeout(WRITE_MS_MAX);
    const ids = batch.map(({ id }) => id);
    const held = await heldRows(client, tables.rows.name, ids, signal);
    const rows = rowsToWrite(batch, held, wallMs());
    if (rows.length === 0) continue;
    const plain = rows.map((row) => plainRow(layout, tables.nulls, row));
    if (tables.mode === "multi") {
      const all = rows.map((row, i) =>
        withWords(layout, withAllVectors(layout, at(plain, i), row), row),
      );
      await upsert(client, tables.rows.name, all, signal);
      continue;
    }
    await Promise.all(tables.spaces.map((table) => writeSpace(client, table, rows, plain, signal)));
    // Last, as it is what says up to where a document was applied: a write that ends here is made again, in whole.
    const unused = { [UNUSED_VECTOR.name]: UNUSED_VECTOR.values };
    const marked = rows.map((row, i) => {
      const made = withWords(layout, at(plain, i), row);
      return { ...made, data: { ...made.data, ...unused } };
    });
    await upsert(client, tables.rows.name, marked, signal);
  }
}

/** What is removed is looked up here: a write that was cut off may have left more than the rows know of. */
async function writeSpace(
  client: MilvusClient,
  { space, collection }: SpaceTable,
  rows: readonly TableRow[],
  plain: readonly MilvusRow[],
  signal: AbortSignal,
): Promise<void> {
  const ids = [...new Set(rows.map(({ id }) => id))];
  const held = await heldRows(client, collection.name, ids, signal);
  const made = rows
    .map((row, i) => withVector(space, at(plain, i), row))
    .filter((row) => row !== null);
  const kept = new Set(made.map(({ key }) => key));
  const gone = held.map(({ id, passage }) => rowKey(id, passage)).filter((key) => !kept.has(key));
  for (let start = 0; start < gone.length; start += KEYS_PER_DELETE) {
    const filter = inList("row", gone.slice(start, start + KEYS_PER_DELETE));
    const request = { collection_name: collection.name, filter };
    await milvusCall("delete", () => client.delete(request), signal);
  }
  await upsert(client, collection.name, made, signal);
}

/** All stored rows of at most IDS_PER_QUERY documents, tombstones included. */
async function heldRows(
  client: MilvusClient,
  collection: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<HeldRow[]> {
  const request = {
    collection_name: collection,
    filter: inList("id", ids),
    output_fields: PLACE_FIELDS,
    limit: RESULTS_MAX,
  };
  return (await queryRows(client, request, signal)).map(readPlace);
}

/** In calls that each fit. */
async function upsert(
  client: MilvusClient,
  collection: string,
  rows: readonly MilvusRow[],
  signal: AbortSignal,
): Promise<void> {
  let pending: MilvusRow["data"][] = [];
  let bytes = 0;
  const flush = async () => {
    if (pending.length === 0) return;
    const request = { collection_name: collection, data: pending, timeout: RPC_MS_MAX };
    await milvusCall("upsert", () => client.upsert(request), signal);
    pending = [];
    bytes = 0;
  };
  for (const row of rows) {
    if (bytes + row.bytes > UPSERT_BYTES_MAX) await flush();
    pending.push(row.data);
    bytes += row.bytes;
  }
  await flush();
}

function at(plain: readonly MilvusRow[], i: number): MilvusRow {
  return required(plain[i], "one plain row a row");
}

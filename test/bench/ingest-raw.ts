import { connect, type Table } from "@lancedb/lancedb";
import { tableSchema, toArrowTable } from "../../lambdas/adapters/lancedb-schema.ts";
import { layoutOf } from "../../lambdas/catalog/layout.ts";
import { wantedMap } from "../../lambdas/catalog/placements.ts";
import type { StoreLayout } from "../../lambdas/ports/store.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { PRIMARY } from "../twin/topology.ts";
import { SPACE } from "./bench-twin.ts";
import { stateOf } from "./region-in-process.ts";

const BATCH = 250;
export const DIMENSION = 384;
/** As the raw tables' rows are made: the schema of the twin's collection, in one shard. */
const RECORD: CollectionRecord = {
  tenant: "bench",
  name: "bench",
  incarnation: "benchbench00",
  primary: PRIMARY,
  term: 1,
  schemaVersion: 1,
  spaces: {
    [SPACE]: { model: "none", digest: null, dimension: DIMENSION, metric: "cosine", weight: 1 },
  },
  fields: { kind: "string", n: "number" },
  lexical: null,
  shardMaps: [{ version: 1, shards: 1, key: { by: "id" } }],
};

/** Two tables of the store's own schema: rows are added to one and merged into the other. */
export async function openRaw(root: string) {
  const connection = await connect(root);
  const layout = layoutOf(RECORD, wantedMap(RECORD));
  const schema = tableSchema(layout);
  const [added, merged] = [
    await connection.createEmptyTable("added", schema),
    await connection.createEmptyTable("merged", schema),
  ];
  return { layout, added, merged, close: () => connection.close() };
}

function toTable(layout: StoreLayout, documents: readonly DocumentInput[]) {
  const rows = documents.flatMap((document) => {
    const { id, position, rows: passages } = stateOf(RECORD, document);
    return passages.map((content) => ({
      id,
      position,
      passage: content.passage,
      diedMs: null,
      content,
    }));
  });
  return toArrowTable(layout, rows);
}

export async function addAll(
  table: Table,
  layout: StoreLayout,
  documents: readonly DocumentInput[],
): Promise<void> {
  for (let start = 0; start < documents.length; start += BATCH)
    await table.add(toTable(layout, documents.slice(start, start + BATCH)));
}

export async function mergeAll(
  table: Table,
  layout: StoreLayout,
  documents: readonly DocumentInput[],
): Promise<void> {
  for (let start = 0; start < documents.length; start += BATCH)
    await table
      .mergeInsert("row")
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute(toTable(layout, documents.slice(start, start + BATCH)));
}

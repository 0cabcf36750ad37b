import { connect, type Table } from "@lancedb/lancedb";
import { tableSchema, toArrowTable } from "../../lambdas/adapters/lancedb-schema.ts";
import { laidOut } from "../../lambdas/catalog/layout.ts";
import type { StoreLayout } from "../../lambdas/ports/store.ts";
import { wantedMap } from "../../shared/contracts/collection.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import { PRIMARY } from "../twin/topology.ts";
import { SPACE } from "./bench-twin.ts";
import { stateOf } from "./region-in-process.ts";

const BATCH = 250;
export const DIMENSION = 384;
/** As the raw tables' rows are made: the schema of the twin's collection, in one shard. */
const RECORD = collectionRecord({
  primary: PRIMARY,
  spaces: {
    [SPACE]: { model: "none", digest: null, dimension: DIMENSION, metric: "cosine", weight: 1 },
  },
  fields: { kind: "string", n: "number" },
});

/** Two tables of the store's own schema: rows are added to one and merged into the other. */
export async function openRaw(root: string) {
  const connection = await connect(root);
  const layout = laidOut(RECORD, wantedMap(RECORD)).layout;
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

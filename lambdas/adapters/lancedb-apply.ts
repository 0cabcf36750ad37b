import type { Table } from "@lancedb/lancedb";
import type { DocumentState, StoreLayout } from "../ports/store.ts";
import { allOf, inList } from "./lancedb-filter.ts";
import { cells } from "./lancedb-rows.ts";
import { COLUMNS, toArrowTable, type TableRow } from "./lancedb-schema.ts";

/** Documents of one commit: bounds the memory of a merge. */
const DOCUMENTS_PER_COMMIT = 1_000;
/** Looks for rows that another process wrote in between; each one needs another commit of that process. */
const REPAIR_ROUNDS_MAX = 3;

/** What a table holds of a document: all its passages, tombstones included. */
interface Held {
  readonly position: number;
  readonly passages: readonly { readonly passage: number; readonly position: number }[];
}

/**
 * Makes the documents' rows in a table what they are to be; the caller lets nobody else in this process write to it.
 * Each batch is one commit: new rows, and tombstones in place of passages that went away, so no version shows half of it.
 *
 * @returns the table's version then
 */
export async function applyDocuments(
  table: Table,
  layout: StoreLayout,
  documents: readonly DocumentState[],
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  await table.checkoutLatest(); // Another process may have held the collection before.
  let version = await table.version();
  for (let start = 0; start < documents.length; start += DOCUMENTS_PER_COMMIT) {
    signal.throwIfAborted();
    const batch = documents.slice(start, start + DOCUMENTS_PER_COMMIT);
    const held = await heldOf(table, batch);
    const rows = batch.flatMap((document) => rowsToWrite(document, held.get(document.id), nowMs));
    if (rows.length === 0) continue;
    const before = version;
    version = await merge(table, layout, rows);
    if (version !== before + 1) version = await repair(table, layout, batch, version, nowMs);
  }
  return version;
}

function rowsToWrite(document: DocumentState, held: Held | undefined, nowMs: number): TableRow[] {
  const { id, position, rows } = document;
  if (held !== undefined && held.position >= position) return [];
  const written = new Set(rows.map(({ passage }) => passage));
  const gone = (held?.passages ?? [])
    .map(({ passage }) => passage)
    .filter((passage) => !written.has(passage));
  if (rows.length === 0 && gone.length === 0) gone.push(0); // Its tombstone keeps an older write from bringing it back.
  return [
    ...rows.map(({ passage, ...content }) => ({
      doc: id,
      passage,
      position,
      content,
      diedMs: null,
    })),
    ...gone.map((passage) => tombstone(id, passage, position, nowMs)),
  ];
}

function tombstone(doc: string, passage: number, position: number, diedMs: number): TableRow {
  return { doc, passage, position, content: null, diedMs };
}

/**
 * Another process has committed to the table meanwhile: a holder that lost its lease. It can't have replaced newer rows,
 * but it can have added passages of an older version of a document: they become tombstones.
 */
async function repair(
  table: Table,
  layout: StoreLayout,
  documents: readonly DocumentState[],
  version: number,
  nowMs: number,
): Promise<number> {
  for (let round = 0; round < REPAIR_ROUNDS_MAX; round++) {
    await table.checkoutLatest();
    const left = [...(await heldOf(table, documents))].flatMap(([id, { position, passages }]) =>
      passages
        .filter((row) => row.position < position)
        .map(({ passage }) => tombstone(id, passage, position, nowMs)),
    );
    if (left.length === 0) return table.version();
    version = await merge(table, layout, left);
  }
  return version;
}

/** Law: where the stored row has the same position or a newer one, it stays. */
async function merge(
  table: Table,
  layout: StoreLayout,
  rows: readonly TableRow[],
): Promise<number> {
  const { version } = await table
    .mergeInsert(COLUMNS.row)
    .whenMatchedUpdateAll({ where: "target.position < source.position" })
    .whenNotMatchedInsertAll()
    .execute(toArrowTable(layout, rows));
  return version;
}

async function heldOf(
  table: Table,
  documents: readonly DocumentState[],
): Promise<Map<string, Held>> {
  const ids = documents.map(({ id }) => id);
  const result = await table
    .query()
    .where(allOf(inList(COLUMNS.doc, ids)))
    .select([COLUMNS.doc, COLUMNS.passage, COLUMNS.position])
    .toArrow();
  const [doc, passage, position] = [
    cells(result, COLUMNS.doc),
    cells(result, COLUMNS.passage),
    cells(result, COLUMNS.position),
  ];
  const rows = Array.from({ length: result.numRows }, (_, i) => ({
    id: String(doc(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
  }));
  return new Map(
    [...Map.groupBy(rows, (row) => row.id)].map(([id, passages]) => [
      id,
      { position: Math.max(...passages.map((row) => row.position)), passages },
    ]),
  );
}

import { Index, type Table } from "@lancedb/lancedb";
import type { DocumentState, StoreLayout } from "../ports/store.ts";
import { unlessPreempted, type BuildMark } from "./lancedb-build-mark.ts";
import { inList } from "./lancedb-filter.ts";
import { cells, textCells } from "./lancedb-cells.ts";
import { COLUMNS, toArrowTable } from "./lancedb-schema.ts";
import { rowsToWrite, tombstonesOfStale, type HeldRow, type TableRow } from "./rows-to-write.ts";

/** Documents of one commit: bounds the memory of a merge. */
const DOCUMENTS_PER_COMMIT = 1_000;
/** Each commit adds a fragment, and each read opens all of them: 300 small ones make both five times slower. */
const COMMITS_PER_COMPACTION = 64;
/** Looks for rows that another process wrote in between; each one needs another commit of that process. */
const REPAIR_ROUNDS_MAX = 3;

/** Who else has to do with a table that is written to. */
export interface Beside {
  /** Hears of a version that is another one with rows in place of those of the same document and passage: nobody else committed between. */
  readonly onCommit: (from: number, to: number, rows: readonly TableRow[]) => void;
  readonly mark: BuildMark;
}

/**
 * Makes the documents' rows in a table what they are to be; the caller lets nobody else in this process write to it.
 * Each batch is one commit: new rows, and tombstones in place of passages that went away, so no version shows half of it.
 *
 * While another process builds an index, what it is built of is not rewritten. Words need that after each write: so there they wait.
 *
 * @returns the table's version then
 */
export async function applyDocuments(
  table: Table,
  layout: StoreLayout,
  documents: readonly DocumentState[],
  nowMs: number,
  signal: AbortSignal,
  { onCommit, mark }: Beside,
): Promise<number> {
  if (layout.lexical) await mark.gone(signal);
  await table.checkoutLatest(); // Another process may have held the collection before.
  const first = await table.version();
  let version = first;
  for (let start = 0; start < documents.length; start += DOCUMENTS_PER_COMMIT) {
    signal.throwIfAborted();
    const batch = documents.slice(start, start + DOCUMENTS_PER_COMMIT);
    const rows = rowsToWrite(batch, await heldOf(table, batch), nowMs);
    if (rows.length === 0) continue;
    const before = version;
    version = await merge(table, layout, rows);
    if (version === before + 1) onCommit(before, version, rows);
    else version = await repair(table, layout, batch, version, nowMs);
  }
  if (layout.lexical && version !== first) {
    await indexWords(table);
    version = await table.version();
  } else if (compactionDue(first, version) && !(await mark.isSet())) {
    // No clean-up here: the checkpoint names an older version until the next one is written.
    await unlessPreempted(() => table.optimize({ cleanupOlderThan: new Date(0) }));
    version = await table.version();
  }
  return version;
}

/**
 * Brings the full-text index up to the last row, in this very apply. Lance also scans what the index lacks, but it then counts
 * each time that a word stands there as a document: words repeated in new rows get a negative weight, and their rows are dropped.
 * An index that was built of nothing stays wrong, so it is built with the first text.
 */
async function indexWords(table: Table): Promise<void> {
  const known = await table.listIndices();
  if (known.some(({ columns }) => columns.includes(COLUMNS.text))) {
    // No clean-up here: the checkpoint names an older version until the next one is written.
    await table.optimize({ cleanupOlderThan: new Date(0) });
    return;
  }
  if ((await table.countRows(`${COLUMNS.text} IS NOT NULL`)) > 0)
    await table.createIndex(COLUMNS.text, { config: wordIndex() });
}

function wordIndex(): Index {
  return Index.fts({
    withPosition: false,
    baseTokenizer: "simple",
    language: "English",
    stem: true,
    removeStopWords: false,
    lowercase: true,
    asciiFolding: true,
  });
}

/** By the version alone, so that it holds over processes that each write a little. */
function compactionDue(before: number, after: number): boolean {
  return Math.floor(before / COMMITS_PER_COMPACTION) !== Math.floor(after / COMMITS_PER_COMPACTION);
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
    const left = tombstonesOfStale(await heldOf(table, documents), nowMs);
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

async function heldOf(table: Table, documents: readonly DocumentState[]): Promise<HeldRow[]> {
  const ids = documents.map(({ id }) => id);
  const result = await table
    .query()
    .where(inList(COLUMNS.id, ids))
    .select([COLUMNS.id, COLUMNS.passage, COLUMNS.position])
    .toArrow();
  const id = textCells(result, COLUMNS.id);
  const passage = cells(result, COLUMNS.passage);
  const position = cells(result, COLUMNS.position);
  return Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
  }));
}

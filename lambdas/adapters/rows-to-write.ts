import type { DocumentState, StoreRow } from "../ports/store.ts";

/** A row as an engine's table holds it. A tombstone has no content; `diedMs` says since when it is one, by the wall clock. */
export interface TableRow {
  readonly id: string;
  readonly passage: number;
  readonly position: number;
  readonly content: Pick<StoreRow, "body" | "fields" | "vectors" | "text"> | null;
  readonly diedMs: number | null;
}

/** A row's place and age: what must be known of a stored one. */
export type HeldRow = Pick<TableRow, "id" | "passage" | "position">;

/** No invocation, call in flight or intent lives longer, so nothing older than a tombstone of this age can still arrive. */
export const TOMBSTONE_MS = 24 * 60 * 60_000;

/**
 * The rows that make a table's documents what they are to be: the new ones, and a tombstone in place of each passage that
 * went away. Documents of which all is stored at that position, or any is newer, are left out.
 *
 * @param held all stored rows of these documents, tombstones included
 */
export function rowsToWrite(
  documents: readonly DocumentState[],
  held: readonly HeldRow[],
  nowMs: number,
): TableRow[] {
  const heldById = Map.groupBy(held, ({ id }) => id);
  return documents.flatMap(({ id, position, rows }) => {
    const stored = heldById.get(id) ?? [];
    if (stored.some((row) => row.position > position)) return [];
    const written = new Set(rows.map(({ passage }) => passage));
    if (isWhole(stored, written, position)) return [];
    const gone = stored.map(({ passage }) => passage).filter((passage) => !written.has(passage));
    if (rows.length === 0 && gone.length === 0) gone.push(0); // Keeps an older write from bringing it back.
    return [
      ...rows.map(({ passage, ...content }) => ({ id, passage, position, content, diedMs: null })),
      ...gone.map((passage) => tombstone({ id, passage, position }, nowMs)),
    ];
  });
}

/** Whether all of a document's state of that position is stored: a write that was cut off leaves rows behind that are older, or none. */
function isWhole(
  stored: readonly HeldRow[],
  written: ReadonlySet<number>,
  position: number,
): boolean {
  if (stored.length === 0) return false;
  const there = new Set(stored.map(({ passage }) => passage));
  return (
    stored.every((row) => row.position === position) &&
    [...written].every((passage) => there.has(passage))
  );
}

/** Tombstones for rows that a late writer left of an older version: their document has a newer one. */
export function tombstonesOfStale(held: readonly HeldRow[], nowMs: number): TableRow[] {
  return [...Map.groupBy(held, ({ id }) => id).values()].flatMap((rows) => {
    const position = Math.max(...rows.map((row) => row.position));
    const stale = rows.filter((row) => row.position < position);
    return stale.map(({ id, passage }) => tombstone({ id, passage, position }, nowMs));
  });
}

function tombstone(row: HeldRow, diedMs: number): TableRow {
  return { ...row, content: null, diedMs };
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { RowBody } from "../../shared/contracts/log-entry.ts";
import { digestFor, type SettledSpace } from "../../shared/contracts/space.ts";
import type { StoredRow, StoreView } from "../ports/store.ts";

/** A document as it is stored, with the bodies of its rows read. */
export interface StoredDocument {
  readonly id: string;
  readonly position: number;
  readonly rows: readonly { readonly row: StoredRow; readonly body: RowBody }[];
}

/** A page of a shard's documents, by id. */
export interface DocumentPage {
  /** Where an engine pins no view, such as have gone since they were listed are left out, and such as are half written. */
  readonly documents: readonly StoredDocument[];
  /** Whether none that was listed is left out. */
  readonly whole: boolean;
  /** Where the next page begins; null at the shard's end. */
  readonly next: string | null;
}

/** The documents behind an id, whole and with their vectors. */
export async function readPage(
  view: StoreView,
  shard: number,
  after: string | null,
  documentsMax: number,
  signal: AbortSignal,
): Promise<DocumentPage> {
  const listed = await view.scan(shard, after, documentsMax, null, signal);
  const ids = listed.map(({ id }) => id);
  if (ids.length === 0) return { documents: [], whole: true, next: null };
  const rows = await view.documents(shard, ids, { vectors: true }, signal);
  const byId = Map.groupBy(rows, ({ id }) => id);
  const documents = ids.flatMap((id) => readDocument(id, byId.get(id) ?? []) ?? []);
  return {
    documents,
    whole: documents.length === ids.length,
    next: ids.length < documentsMax ? null : (ids.at(-1) ?? null),
  };
}

/**
 * @param rows all of one document, in order
 * @returns null where there are none, or where they are of two writes: one of them is under way, or was cut off and is about to be repeated
 */
export function readDocument(id: string, rows: readonly StoredRow[]): StoredDocument | null {
  const [first] = rows;
  if (first === undefined || rows.some(({ position }) => position !== first.position)) return null;
  return {
    id,
    position: first.position,
    rows: rows.map((row) => ({ row, body: RowBody.parse(JSON.parse(row.body)) })),
  };
}

/** The spaces in which a document could have vectors and has none. */
export function spacesLacking(
  { spaces }: Pick<CollectionRecord, "spaces">,
  { rows }: StoredDocument,
): string[] {
  const bodies = rows.map(({ body }) => body);
  return Object.entries(spaces).flatMap(([name, space]) => {
    const has = rows.some(({ row }) => (row.vectors[name] ?? null) !== null);
    return !has && canFill(space, bodies) ? [name] : [];
  });
}

/** Whether a model can make a document's vectors for a space: it has something of a kind that enters it. */
function canFill(space: SettledSpace, bodies: readonly RowBody[]): boolean {
  const first = bodies[0];
  const hasText = first?.title !== undefined || bodies.some(({ passage }) => passage !== undefined);
  return (
    (hasText && digestFor(space, "text") !== null) ||
    (first?.media !== undefined && digestFor(space, "image") !== null)
  );
}

import { digestFor, type SettledSpace } from "../../shared/contracts/space.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { RowBody } from "../../shared/contracts/log-entry.ts";
import type { StoredRow } from "../ports/store.ts";

/** A stored document, with the bodies of its rows read. */
export interface StoredDocument {
  readonly id: string;
  readonly position: number;
  readonly rows: readonly { readonly row: StoredRow; readonly body: RowBody }[];
}

/** @param rows all of one document, in order */
export function readDocument(id: string, rows: readonly StoredRow[]): StoredDocument {
  return {
    id,
    position: Math.max(...rows.map(({ position }) => position)),
    rows: rows.map((row) => ({ row, body: RowBody.parse(JSON.parse(row.body)) })),
  };
}

/** Whether a model can make a document's vectors for a space: it has something of a kind that enters it. */
export function canFill(space: SettledSpace, bodies: readonly RowBody[]): boolean {
  const first = bodies[0];
  const hasText = first?.title !== undefined || bodies.some(({ passage }) => passage !== undefined);
  return (
    (hasText && digestFor(space, "text") !== null) ||
    (first?.media !== undefined && digestFor(space, "image") !== null)
  );
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

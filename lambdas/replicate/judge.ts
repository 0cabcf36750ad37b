import { LogEntry, type RowBody } from "../../shared/contracts/log-entry.ts";
import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { readFields } from "../../shared/domain/field-value.ts";
import { nextChain, type Point } from "../../shared/domain/point.ts";
import { required, unreachable } from "../../shared/std/assert.ts";
import { decodeVector, sha256Hex } from "../../shared/std/bytes.ts";
import type { DocumentState, StoreRow } from "../ports/store.ts";
import type { LoggedEntry } from "../ports/write-log.ts";

/** The log does not continue what the store holds: applying stops and says so, rather than skip. */
export class LineBroken extends Error {
  override readonly name = "LineBroken";
}

/**
 * Checks that entries continue a point: dense, no falling term, each digest right, the chain whole.
 * @returns the point after the last entry
 * @throws LineBroken
 */
export function followLine(from: Point, entries: readonly LoggedEntry[]): Point {
  let point = from;
  for (const entry of entries) {
    if (entry.position !== point.position + 1)
      throw new LineBroken(`position ${entry.position} follows ${point.position}`);
    if (entry.term < point.term)
      throw new LineBroken(
        `term ${entry.term} follows ${point.term} at position ${entry.position}`,
      );
    if (sha256Hex(entry.json) !== entry.digest)
      throw new LineBroken(`position ${entry.position} does not have its digest`);
    const chain = nextChain(point.chain, entry.digest);
    if (chain !== entry.chain)
      throw new LineBroken(`the chain breaks at position ${entry.position}`);
    point = { term: entry.term, position: entry.position, chain };
  }
  return point;
}

/** An entry of the log, read. */
export interface ReadEntry {
  readonly position: number;
  readonly entry: LogEntry;
}

/** @throws LineBroken where an entry is lost */
export function readEntries(entries: readonly LoggedEntry[]): ReadEntry[] {
  return entries.map(({ json, position }) => {
    if (json === "")
      throw new LineBroken(`what position ${position} names is gone, or was altered`);
    return { position, entry: LogEntry.parse(JSON.parse(json)) };
  });
}

/** Ids of the documents whose stored position decides whether an entry counts. */
export function idsToCompare(entries: readonly ReadEntry[]): string[] {
  const ids = entries.flatMap(({ entry }) => {
    if (entry.kind === "delete-found") return entry.ids;
    return entry.kind === "put" && entry.ifPosition !== undefined ? [entry.id] : [];
  });
  return [...new Set(ids)];
}

/** What entries are judged by, beside themselves. */
export interface Judging {
  /** As it lies on the shards that the entries are applied to. */
  readonly collection: LaidOutCollection;
  /** Schema version that the log has before the first entry. */
  readonly schema: number;
  /** Positions of documents in the store, of those that `idsToCompare` names; one that is left out does not exist. */
  readonly stored: ReadonlyMap<string, number>;
  /** Whether the write at a position counted, where that was judged before; null where it was not. */
  readonly judged: (position: number) => boolean | null;
}

export interface Judged {
  /** Of each document that the entries touch, after all of them: of several writes to one id the last wins. */
  readonly states: readonly DocumentState[];
  /** Positions of the writes for another position than their document had: they change nothing. */
  readonly refused: readonly number[];
  /** Schema version of the log after them. */
  readonly schema: number;
}

/** What the entries make of the documents, each judged by what those before it in the batch have made of its document. */
export function judge(
  { collection, schema: before, stored, judged }: Judging,
  entries: readonly ReadEntry[],
): Judged {
  const states = new Map<string, DocumentState>();
  const refused: number[] = [];
  let schema = before;
  const newestOf = (id: string) => positionOf(states.get(id), stored.get(id));
  for (const { entry, position } of entries) {
    switch (entry.kind) {
      case "put": {
        const { id, ifPosition } = entry;
        const counts =
          ifPosition === undefined || (judged(position) ?? ifPosition === newestOf(id));
        if (counts) states.set(id, { id, position, rows: rowsOf(collection, schema, entry) });
        else refused.push(position);
        break;
      }
      case "delete":
        states.set(entry.id, { id: entry.id, position, rows: [] });
        break;
      case "delete-found":
        for (const id of entry.ids)
          if (newestOf(id) <= entry.foundAt) states.set(id, { id, position, rows: [] });
        break;
      case "schema":
        schema = entry.version;
        break;
      case "filled":
      case "restored":
        break;
      default:
        unreachable(entry);
    }
  }
  return { states: [...states.values()], refused, schema };
}

/** @returns 0 for a document that does not exist */
function positionOf(changed: DocumentState | undefined, stored: number | undefined): number {
  if (changed === undefined) return stored ?? 0;
  return changed.rows.length === 0 ? 0 : changed.position;
}

/** @param schema of the log where the entry stands: vectors of spaces that count from a later one are another space's */
function rowsOf(
  collection: LaidOutCollection,
  schema: number,
  entry: Extract<LogEntry, { kind: "put" }>,
): StoreRow[] {
  const fields = readFields(entry.metadata, collection.fields);
  return entry.passages.map((passage, index) => {
    const body: RowBody = {
      ...(entry.title === undefined ? {} : { title: entry.title }),
      ...(index === 0 && entry.text !== undefined ? { document: entry.text } : {}),
      ...(passage.text === undefined ? {} : { passage: passage.text }),
      ...(passage.span === undefined ? {} : { span: passage.span }),
      ...(entry.metadata === undefined ? {} : { metadata: entry.metadata }),
      ...(entry.media === undefined ? {} : { media: entry.media }),
    };
    const vectors = Object.fromEntries(
      Object.entries(collection.spaces).map(([space, { since = 1 }]) => {
        const text = since > schema ? undefined : passage.vectors[space];
        return [
          space,
          text === undefined ? null : required(decodeVector(text), "a logged vector is whole"),
        ];
      }),
    );
    return {
      passage: index,
      body: JSON.stringify(body),
      fields,
      vectors,
      ...indexedText(collection, body),
    };
  });
}

/** What full-text search reads of a passage, where the collection has that. */
export function indexedText(
  { lexical }: LaidOutCollection,
  { title, passage }: RowBody,
): Pick<StoreRow, "text"> {
  const text = [title, passage].filter((part) => part !== undefined).join("\n");
  return lexical === null || text === "" ? {} : { text };
}

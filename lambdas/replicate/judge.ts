import { LogEntry, type RowBody } from "../../shared/contracts/log-entry.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { readFields } from "../../shared/domain/field-value.ts";
import { nextChain, type Point } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
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

/** The state of each document that the entries touch, after all of them: of several writes to one id the last wins. */
export function documentStates(
  record: CollectionRecord,
  entries: readonly LoggedEntry[],
): DocumentState[] {
  const states = new Map<string, DocumentState>();
  for (const { json, position } of entries) {
    const entry = LogEntry.parse(JSON.parse(json));
    states.set(entry.id, {
      id: entry.id,
      position,
      rows: entry.kind === "delete" ? [] : rowsOf(record, entry),
    });
  }
  return [...states.values()];
}

function rowsOf(record: CollectionRecord, entry: Extract<LogEntry, { kind: "put" }>): StoreRow[] {
  const fields = readFields(entry.metadata, record.fields);
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
      Object.keys(record.spaces).map((space) => {
        const text = passage.vectors[space];
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
      ...indexedText(record, body),
    };
  });
}

/** What full-text search reads of a passage, where the collection has that. */
export function indexedText(
  { lexical }: CollectionRecord,
  { title, passage }: RowBody,
): Pick<StoreRow, "text"> {
  const text = [title, passage].filter((part) => part !== undefined).join("\n");
  return lexical === null || text === "" ? {} : { text };
}

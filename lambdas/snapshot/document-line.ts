import { SnapshotDocument } from "../../shared/contracts/snapshot.ts";
import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { RowBody } from "../../shared/contracts/log-entry.ts";
import { decodeVector, encodeVector } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { required } from "../../shared/std/assert.ts";
import type { StoredDocument } from "../document/stored-document.ts";
import type { DocumentState } from "../ports/store.ts";
import { indexedText } from "../replicate/judge.ts";

/** A stored document as one line: equal documents give equal lines, on every engine. */
export function lineOf({ id, position, rows }: StoredDocument): string {
  const line: SnapshotDocument = {
    id,
    position,
    rows: rows.map(({ row: { passage, body, fields, vectors } }) => ({
      passage,
      body,
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          Array.isArray(value) ? [...value] : (value as string | number | boolean | null),
        ]),
      ),
      vectors: Object.fromEntries(
        Object.entries(vectors).map(([space, vector]) => [
          space,
          vector === null ? null : encodeVector(vector),
        ]),
      ),
    })),
  };
  return canonicalJson(line);
}

/**
 * The document of a line, as it is written to shards.
 * @throws where the line is none
 */
export function stateOf(collection: LaidOutCollection, line: string): DocumentState {
  const { id, position, rows } = SnapshotDocument.parse(JSON.parse(line));
  return {
    id,
    position,
    rows: rows.map(({ passage, body, fields, vectors }) => ({
      passage,
      body,
      fields,
      vectors: Object.fromEntries(
        Object.entries(vectors).map(([space, text]) => [
          space,
          text === null ? null : required(decodeVector(text), "a vector is whole"),
        ]),
      ),
      ...indexedText(collection, RowBody.parse(JSON.parse(body))),
    })),
  };
}

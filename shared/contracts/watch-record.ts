import { z } from "zod";
import type { DeclaredFields } from "../domain/field-value.ts";
import type { Watched } from "../domain/watch.ts";
import { required } from "../std/assert.ts";
import { decodeVector, encodeVector, fromBase64, toBase64 } from "../std/bytes.ts";
import { WireFilter, parseFilter } from "./filter.ts";

/** What decides whether a change alters an answer, as a region's Redis holds it beside the answer's entry on the watch list. */
export const WatchRecord = z.strictObject({
  v: z.literal(1),
  /** Marks of documents: base64 of little-endian float64. */
  marks: z.base64(),
  words: z.boolean(),
  filter: WireFilter.optional(),
  branches: z.array(
    z.strictObject({
      space: z.string(),
      /** Base64 of little-endian float32. */
      vector: z.base64(),
      /** Null is minus infinity. */
      tau: z.number().nullable(),
    }),
  ),
});
export type WatchRecord = z.output<typeof WatchRecord>;

export function toWatchRecord(
  watched: Omit<Watched, "filter">,
  filter: WireFilter | undefined,
): WatchRecord {
  const { marks } = watched;
  return {
    v: 1,
    marks: toBase64(new Uint8Array(marks.buffer, marks.byteOffset, marks.byteLength)),
    words: watched.words,
    ...(filter === undefined ? {} : { filter }),
    branches: watched.branches.map(({ space, vector, tau }) => ({
      space,
      vector: encodeVector(vector),
      tau: tau === -Infinity ? null : tau,
    })),
  };
}

/** @throws Problem where the filter does not fit the fields */
export function readWatchRecord(record: WatchRecord, fields: DeclaredFields): Watched {
  const marks = required(fromBase64(record.marks), "stored marks are whole");
  return {
    marks: new Float64Array(marks.buffer, 0, Math.floor(marks.length / 8)),
    words: record.words,
    filter: parseFilter(record.filter, fields),
    branches: record.branches.map(({ space, vector, tau }) => ({
      space,
      vector: required(decodeVector(vector), "a stored vector is whole"),
      tau: tau ?? -Infinity,
    })),
  };
}

import { z } from "zod";
import { StoredMedia, Metadata } from "./document.ts";

/** A passage as it is logged: with its vectors, so that no replica embeds again. */
export const LoggedPassage = z.strictObject({
  text: z.string().optional(),
  span: z.strictObject({ start: z.int(), end: z.int() }).optional(),
  /** Base64 of little-endian float32, unit length, by space. */
  vectors: z.record(z.string(), z.string()),
});
export type LoggedPassage = z.output<typeof LoggedPassage>;

/**
 * One entry of a collection's log. Its position and term are its stream id `<position>-<term>`; its digest is
 * the SHA-256 of its bytes; beside it the stream keeps the digest, the chain after it and the log time of its append.
 * Whoever lets a kind hold other types raises its `v`: an older release then stops before such an entry, rather than park it.
 */
export const LogEntry = z.discriminatedUnion("kind", [
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("put"),
    id: z.string(),
    title: z.string().optional(),
    text: z.string().optional(),
    metadata: Metadata.optional(),
    media: StoredMedia.optional(),
    passages: z.array(LoggedPassage).min(1),
    /** Only where the document's newest write is at this position; 0: only where there is none. Else the entry changes nothing. */
    ifPosition: z.int().min(0).optional(),
    createdBy: z.string(),
  }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("delete"),
    id: z.string(),
    createdBy: z.string(),
  }),
  /** The collection was restored: what is before this entry is a snapshot's, and what another collection's log had behind that. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("restored"),
    snapshot: z.string(),
    position: z.int().min(0),
  }),
  /** Deletes those of the documents whose newest write is at that position or before it: a filter found them there. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("delete-found"),
    ids: z.array(z.string()),
    foundAt: z.int().min(0),
    createdBy: z.string(),
  }),
  /** From here on entries are for shards of this schema version: those of an older one stop before it, until they are left. */
  z.strictObject({ v: z.literal(1), kind: z.literal("schema"), version: z.int().min(2) }),
  /** Every document that is to have a vector in these spaces of that schema version has one here. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("filled"),
    version: z.int().min(2),
    spaces: z.array(z.string()).min(1),
  }),
  /** The incarnation's last entry: nothing is appended behind it. `to`: the one that goes on in its place; null where none does. */
  z.strictObject({ v: z.literal(1), kind: z.literal("sealed"), to: z.string().nullable() }),
]);
export type LogEntry = z.output<typeof LogEntry>;

/** What the store keeps of a passage, as the body of its row. The first passage also carries the document's text. */
export const RowBody = z.strictObject({
  title: z.string().optional(),
  /** Whole text of the document, on passage 0 only. */
  document: z.string().optional(),
  passage: z.string().optional(),
  span: z.strictObject({ start: z.int(), end: z.int() }).optional(),
  metadata: Metadata.optional(),
  media: StoredMedia.optional(),
});
export type RowBody = z.output<typeof RowBody>;

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
    createdBy: z.string(),
  }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal("delete"),
    id: z.string(),
    createdBy: z.string(),
  }),
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

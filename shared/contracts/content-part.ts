import { z } from "zod";
import { Point } from "./checkpoint.ts";

/** Where the reading of a copy goes on: as it was pinned by the part before. */
export const ContentCursor = z.strictObject({
  /** Key of the layout that is read: what has moved on to another one since is not gone on with. */
  layout: z.string(),
  versions: z.array(z.int().nullable()),
  shard: z.int().min(0),
  after: z.string().nullable(),
});
export type ContentCursor = z.output<typeof ContentCursor>;

/** A bounded number of a copy's documents at a point, and a `ContentDigest` of them: the sum over all parts is that of the copy. */
export const ContentPart = z.strictObject({
  schemaVersion: z.int().min(1),
  documents: z.int().min(0),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Null behind the last part. */
  next: ContentCursor.nullable(),
});
export type ContentPart = z.output<typeof ContentPart>;

/** One region asks the primary for a part of what it shows of a collection at a point. */
export const ContentPartEvent = z.strictObject({
  op: z.literal("content"),
  tenant: z.string(),
  name: z.string(),
  incarnation: z.string(),
  point: Point,
  /** Null for the first part. */
  from: ContentCursor.nullable(),
});
export type ContentPartEvent = z.output<typeof ContentPartEvent>;

/** `part` is null where the region is not at the point, or not the primary. */
export const ContentPartResult = z.strictObject({ part: ContentPart.nullable() });
export type ContentPartResult = z.output<typeof ContentPartResult>;

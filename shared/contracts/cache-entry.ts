import { z } from "zod";
import { LogTime, Point } from "./checkpoint.ts";
import { KnownAnswer } from "./known-answer.ts";
import { Coverage } from "./retrieve.ts";

/** A cached answer as a location or a region's Redis holds it. Only whole answers are ever stored. */
export const CacheEntry = z.strictObject({
  v: z.literal(3),
  ...KnownAnswer.pick({ incarnation: true, map: true, entryId: true, watch: true }).shape,
  /** Up to here the answer is known to be right: where the region computed it, or where the watch list stood when it had it. */
  point: Point,
  /** Log time at which the log was seen to end at that point. */
  confirmed: LogTime.nullable(),
  /** Wall clock of the location that stored it: how old the entry itself is, whatever it says of the collection. */
  madeMs: z.int(),
  region: z.string(),
  /** What reranked the answer, with its weights: other weights make another order. Left out where nothing did. */
  reranker: z.string().optional(),
  /** The hits, with what else decides nothing but was asked for, as an object's JSON text, media paths signed: what is served is what was stored. */
  answer: z.string(),
  coverage: Coverage,
});
export type CacheEntry = z.output<typeof CacheEntry>;

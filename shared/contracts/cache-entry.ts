import { z } from "zod";
import { LogTime, Point } from "./checkpoint.ts";
import { Coverage } from "./retrieve.ts";

/** A cached answer as a location or a region's Redis holds it. Only whole answers are ever stored. */
export const CacheEntry = z.strictObject({
  v: z.literal(3),
  incarnation: z.string(),
  /** Version of the shard map that the answer was computed by. */
  map: z.int().min(1),
  /** Point at which the region computed the answer. */
  point: Point,
  /** Log time up to which the answer is known to be right. */
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

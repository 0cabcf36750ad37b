import { z } from "zod";
import { Point } from "./checkpoint.ts";

/**
 * Whether a cached answer is on the watch list of the region that computed it, as far as is known: `unasked` until it was asked for
 * twice, `off` where it can't be watched.
 */
export const WatchState = z.enum(["unasked", "on", "off"]);
export type WatchState = z.output<typeof WatchState>;

/** An answer that the edge holds, as a region is told of it: the region need not search if it still is the answer. */
export const KnownAnswer = z.strictObject({
  incarnation: z.string(),
  /** Version of the shard map that it was computed by: by another one spaces may count otherwise, and be found otherwise. */
  map: z.int().min(1),
  /** Up to here it is known to be right. */
  point: Point,
  /** Random, given by the region that computed it: no other answer, of that region or of another, ever had it. */
  entryId: z.string().min(1).max(64),
  watch: WatchState,
  /** What reranked it, with its weights; left out where nothing did. */
  reranker: z.string().optional(),
});
export type KnownAnswer = z.output<typeof KnownAnswer>;

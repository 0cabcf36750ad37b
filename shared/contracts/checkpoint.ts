import { z } from "zod";
import { lineOfOneTerm, type Line } from "../domain/line.ts";
import { Problem } from "./problems.ts";
import { ShardMap } from "./shard-map.ts";

/** A place on a collection's line: only points are compared, never bare positions. Chain is hex SHA-1, 40 digits: Redis scripts have no other hash, and the chain finds damage, not forgery. */
export const Point = z.strictObject({
  term: z.int().min(0),
  position: z.int().min(0),
  chain: z.string().regex(/^[0-9a-f]{40}$/),
});
export type Point = z.output<typeof Point>;

/** A reading of the log's clock: milliseconds, comparable only where term and step are equal. */
export const LogTime = z.strictObject({
  timeMs: z.int().min(0),
  term: z.int().min(0),
  step: z.int().min(0),
});
export type LogTime = z.output<typeof LogTime>;

/**
 * What a region's store really holds of one collection incarnation, stored beside the data that it describes.
 * `confirmed` is T of the freshness rules: null until a reading of the log has shown the region to be level with it.
 */
export const Checkpoint = z.strictObject({
  incarnation: z.string(),
  point: Point,
  /**
   * Number of the lease that wrote it; a holder of an older lease can no longer write. A layout that is being filled is written
   * under a lease of its own, then under the appliers': each is numbered past the checkpoints that it is about to write.
   */
  fence: z.int().min(0),
  confirmed: LogTime.nullable(),
  /** Table version of each shard at this point, in shard order; null where the engine can't pin one. */
  versions: z.array(z.int().nullable()),
  /** What the point's history is known by (`lineOf`); left out: it is of one term. */
  line: z
    .strictObject({
      terms: z.array(z.strictObject({ term: z.int().min(0), first: z.int().min(1) })),
      recent: z.array(z.string()),
    })
    .optional(),
  /**
   * There while these shards are still being filled from those of the map before: documents are there up to that id of that
   * shard of the old map, and no reader is shown them.
   */
  filling: z
    .strictObject({
      /** Version of the map that `shard` counts in. */
      of: z.int().min(1),
      shard: z.int().min(0),
      after: z.string().nullable(),
      copied: z.int().min(0),
    })
    .optional(),
  /**
   * Which of the writes for a position (`ifPosition`) behind `since` changed nothing, by their own positions. The newest 1,024
   * refused ones are remembered; of what was before them nothing is known any more.
   */
  verdicts: z.strictObject({ since: z.int().min(0), refused: z.array(z.int()) }).optional(),
  /**
   * There while writes for a position are applied to an engine that pins no view: what was judged before the first row changed. Who
   * goes on judges nothing anew.
   */
  intent: z
    .strictObject({ to: z.int().min(1), chain: Point.shape.chain, refused: z.array(z.int()) })
    .optional(),
  /** Schema version that the log had at the point; left out: its first. */
  schema: z.int().min(2).optional(),
  /** Spaces that are not searched yet: vectors are still being made for them. Left out for none. */
  unfilled: z.array(z.string()).optional(),
  /** There once a data file was found to have changed: no reader is shown the rows, and nothing is copied from them. */
  damaged: z.literal(true).optional(),
  /** There once the data lies elsewhere: nothing is applied or read here any more. */
  moved: z
    .strictObject({
      to: ShardMap,
      /** Of the resync that made the tables there; left out: the collection's first ones. */
      tables: z.int().min(1).optional(),
      atMs: z.int(),
    })
    .optional(),
});
export type Checkpoint = z.output<typeof Checkpoint>;

/** The history of what a checkpoint says is held. */
export function lineOf({ point, line }: Pick<Checkpoint, "point" | "line">): Line {
  return line === undefined ? lineOfOneTerm(point) : { point, ...line };
}

/** Nobody is shown, or copies, what was found damaged. @throws Problem `copy-damaged` */
export function requireUndamaged({ damaged }: Checkpoint): void {
  if (damaged === true)
    throw new Problem(
      "copy-damaged",
      "The region's copy of the collection was found damaged, and is being built anew.",
    );
}

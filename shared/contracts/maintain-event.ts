import { z } from "zod";

/**
 * Look after the store and the log's length, move the collections that are to have other shards or spaces, make the vectors that new
 * spaces lack, build anew what can't be applied to any further, do the snapshots and restores that were asked for, compare
 * copies with the primaries', or read data files again.
 */
export const MaintainEvent = z.strictObject({
  op: z.enum(["maintain", "reshard", "fill", "resync", "snapshot", "reconcile", "scrub"]),
});
export type MaintainEvent = z.output<typeof MaintainEvent>;

import { z } from "zod";

/**
 * Look after the store and the log's length, move the collections that are to have other shards or spaces, make the vectors that new
 * spaces lack, build anew what can't be applied to any further, do the snapshots and restores that were asked for, or compare
 * copies with the primaries'.
 */
export const MaintainEvent = z.strictObject({
  op: z.enum(["maintain", "reshard", "fill", "resync", "snapshot", "reconcile"]),
});
export type MaintainEvent = z.output<typeof MaintainEvent>;

import { z } from "zod";

/** What can be wrong with a link. Delays add to its distance. */
export const Fault = z.strictObject({
  /**
   * `cut`: connections are reset and refused. `hang`: requests are taken, and nothing comes back. `half`: headers come back, then
   * nothing. `fail503`: answered 503 at once. `up`: carried.
   */
  mode: z.enum(["up", "cut", "hang", "half", "fail503"]).default("up"),
  extraDelayMs: z.number().min(0).max(60_000).default(0),
  /** Hold requests and let them go in shuffled order, this many at a time; 0: in order. */
  reorderWindow: z.int().min(0).max(64).default(0),
  /** Deliver each request twice; the second answer is thrown away. */
  duplicate: z.boolean().default(false),
  /** Only requests whose body has this text meet the fault, e.g. `"shard":2`: the calls of one shard. */
  only: z.string().min(1).max(200).optional(),
});
export type Fault = z.output<typeof Fault>;

export const NO_FAULT: Fault = Fault.parse({});

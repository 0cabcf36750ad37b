import { z } from "zod";

/** How long writes took from the log until they could be read in a region: of the newest 1,000 there. */
export const ReplicaLag = z
  .strictObject({
    n: z.int().min(1),
    p50Ms: z.int().min(0),
    p95Ms: z.int().min(0),
    p99Ms: z.int().min(0),
    maxMs: z.int().min(0),
  })
  .meta({ id: "ReplicaLag" });
export type ReplicaLag = z.output<typeof ReplicaLag>;

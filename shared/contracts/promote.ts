import { z } from "zod";
import { CollectionName } from "./collection.ts";

/** POST /v1/collections/{name}/promote */
export const PromoteRequest = z
  .strictObject({
    region: z
      .string()
      .optional()
      .describe(
        "That is to accept the writes; left out: the present one, or the nearest that answers",
      ),
    planned: z
      .boolean()
      .default(true)
      .describe("Only where nothing is lost by it; false: go on without what the log has lost"),
  })
  .meta({ id: "PromoteRequest" });
export type PromoteRequest = z.output<typeof PromoteRequest>;
/** As callers write it. */
export type PromoteInput = z.input<typeof PromoteRequest>;

export const PromoteReply = z
  .strictObject({
    collection: CollectionName,
    primary: z.string(),
    from: z.string().describe("The primary before"),
    term: z.int().min(1),
    lost: z
      .int()
      .min(0)
      .describe("Entries that regions hold and the log has not: their positions are lost"),
    requestId: z.string(),
  })
  .meta({ id: "PromoteReply" });
export type PromoteReply = z.output<typeof PromoteReply>;

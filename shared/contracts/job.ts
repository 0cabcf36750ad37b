import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { RetrieveRequest } from "./retrieve.ts";

/** POST /v1/warm: retrievals to be answered ahead, so that the region nearest to the location has them in its Redis. */
export const WarmRequest = z
  .strictObject({
    queries: z
      .array(RetrieveRequest)
      .min(1)
      .max(LIMITS.warmedQueriesMax)
      .describe("Each as it will be asked: other options are another answer"),
  })
  .meta({ id: "WarmRequest" });
export type WarmRequest = z.output<typeof WarmRequest>;

/** Work that goes on after its request was answered. */
export const Job = z
  .strictObject({
    id: z.string().describe("Its region and a name"),
    kind: z.literal("warm"),
    state: z
      .enum(["running", "done", "lost"])
      .describe("`lost`: whoever did it is gone; what it had done by then stays done"),
    total: z.int().min(0),
    done: z.int().min(0),
    failed: z.array(
      z.strictObject({
        index: z.int().min(0).describe("From 0"),
        code: z.string(),
        hint: z.string(),
      }),
    ),
    createdMs: z.int(),
    updatedMs: z.int(),
  })
  .meta({ id: "Job" });
export type Job = z.output<typeof Job>;

export const WarmReply = z
  .strictObject({ job: Job, requestId: z.string() })
  .meta({ id: "WarmReply" });
export type WarmReply = z.output<typeof WarmReply>;

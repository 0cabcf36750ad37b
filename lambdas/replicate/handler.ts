import { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { composeReplicate } from "../compose.ts";

/** A run ends well before Lambda's own limit; what is left is swept again. */
const RUN_MS_MAX = 30_000;

const composed = composeReplicate();

/** Lambda entry of replication: rung by writers, swept by schedule. Only IAM lets anyone call it; it reads nothing from its caller. */
export async function handler(payload: unknown): Promise<{ collections: number }> {
  const event = ReplicateEvent.parse(payload);
  const replicator = await composed;
  const collections = await replicator.replicate(event, AbortSignal.timeout(RUN_MS_MAX));
  // The scheduled call has the time for it; nobody waits for its answer.
  if (event.op === "sweep") await replicator.maintainNext();
  return { collections };
}

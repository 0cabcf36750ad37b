import { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { composeReplicate } from "../compose.ts";

/** Catching up ends well before the function's own limit; what is left is swept again. */
const REPLICATE_MS_MAX = 30_000;

const composed = composeReplicate();

/** Lambda entry of replication: rung by writers, swept by schedule. Only IAM lets anyone call it; it reads nothing from its caller. */
export async function handler(payload: unknown): Promise<{ collections: number }> {
  const event = ReplicateEvent.parse(payload);
  const replicator = await composed;
  const signal = AbortSignal.timeout(REPLICATE_MS_MAX);
  return { collections: await replicator.replicate(event, signal) };
}

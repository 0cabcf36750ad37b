import type { ContentPartResult } from "../../shared/contracts/content-part.ts";
import { ReplicateEvent, type LookResult } from "../../shared/contracts/region-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { composeReplicate } from "../compose.ts";
import { answerLook } from "../promote/answer-look.ts";
import { answerContent } from "../reconcile/answer-content.ts";

/** Catching up ends well before the function's own limit; what is left is swept again. */
const REPLICATE_MS_MAX = 30_000;
/** Whoever asks waits no longer. */
const LOOK_MS_MAX = 2_000;

const composed = composeReplicate();

/**
 * Lambda entry of replication: rung by writers, swept by schedule; and of failover, by schedule, with what the regions ask each other
 * for it, or for what another shows. Only IAM lets anyone call it; it reads nothing from its caller.
 *
 * @returns collections that were looked at; of `failover`, that are still to be promoted
 */
export async function handler(
  payload: unknown,
): Promise<{ collections: number } | LookResult | ContentPartResult> {
  const event = ReplicateEvent.parse(payload);
  const { replicator, failover, look, content } = await composed;
  switch (event.op) {
    case "look":
      return answerLook(look, event, AbortSignal.timeout(LOOK_MS_MAX));
    case "content":
      return answerContent(content, event, AbortSignal.timeout(REPLICATE_MS_MAX));
    case "failover":
      return { collections: (await failover?.look(AbortSignal.timeout(REPLICATE_MS_MAX))) ?? 0 };
    case "ring":
    case "sweep":
      return {
        collections: await replicator.replicate(event, AbortSignal.timeout(REPLICATE_MS_MAX)),
      };
    default:
      return unreachable(event);
  }
}

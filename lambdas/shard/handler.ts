import { ShardEvent, type ShardResult } from "../../shared/contracts/shard-event.ts";
import { composeShard } from "../compose.ts";
import { Admission, overloaded } from "../door/admission.ts";
import { readShard } from "./shard.ts";

/** Longest that a leg may take: an aborted Invoke is not seen here, and what nobody waits for any more must end. */
const LEG_MS_MAX = 5_000;
const UNDER_WAY_MAX = 192;

const composed = composeShard();
const admission = new Admission(UNDER_WAY_MAX, () => performance.now(), overloaded);

/** Lambda entry of a shard reader: legs of searches, asked by this region's `search` alone. */
export async function handler(payload: unknown): Promise<ShardResult> {
  const event = ShardEvent.parse(payload);
  const store = await composed;
  return admission.run(LEG_MS_MAX, () => readShard(store, event, AbortSignal.timeout(LEG_MS_MAX)));
}

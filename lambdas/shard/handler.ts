import { ShardEvent, type ShardResult } from "../../shared/contracts/shard-event.ts";
import { composeShard } from "../compose.ts";
import { readShard } from "./shard.ts";

/** Longest that a leg may take, whatever the search function still waits for. */
const LEG_MS_MAX = 30_000;

const composed = composeShard();

/** Lambda entry of a shard reader: legs of searches, asked by this region's `search` alone. */
export async function handler(payload: unknown): Promise<ShardResult> {
  const event = ShardEvent.parse(payload);
  return readShard(await composed, event, AbortSignal.timeout(LEG_MS_MAX));
}

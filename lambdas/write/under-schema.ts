import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { requireUnsealed } from "../freshness/require-unsealed.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import { StaleSchema } from "./accepted.ts";
import { announceSchema } from "./announce-schema.ts";
import type { WriteLog } from "../ports/write-log.ts";

const TRIES_MAX = 3;

/**
 * Prepares and appends a write for the spaces that the region's shards have. Where they get others meanwhile, it is prepared anew;
 * where the region has just moved to shards with others, the log is told first.
 *
 * @param work may be run again after StaleSchema; what it had appended until then is found by its idempotency key
 * @throws Problem `primary-unavailable` where the spaces keep changing, `collection-moved`
 */
export async function underSchema<T>(
  { placements, log }: { readonly placements: Placements; readonly log: WriteLog },
  record: CollectionRecord,
  signal: AbortSignal,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const held = await placements.read(record, signal);
    requireUnsealed(held.checkpoint ?? {});
    try {
      return await work(held);
    } catch (error) {
      if (!(error instanceof StaleSchema)) throw error;
      if (tries === TRIES_MAX)
        throw new Problem(
          "primary-unavailable",
          "The collection's spaces are being changed; try again.",
          { cause: error },
        );
    }
    // Where the log is further than the shards that were looked at, the next look finds others.
    await announceSchema(log, held.collection, held.checkpoint?.point ?? null, signal);
  }
}

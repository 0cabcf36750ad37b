import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { ReshardedResult } from "../../shared/contracts/write-event.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { requirePrimary } from "./as-primary.ts";
import type { WriteDeps } from "./write.ts";

/** What a map says beside its version. */
export type MapContent = Omit<ShardMap, "version">;

/**
 * Settles the shard map that a collection is to have. Each region moves its own copy as soon as it sees that; asked for what the
 * collection has already, nothing changes.
 *
 * @param of the collection, and the version of the map that the caller found in every region
 * @param next what the next map is to say
 * @throws Problem `resharding` where another request was first, and what `next` throws
 */
export async function changeMap(
  deps: WriteDeps,
  caller: Caller,
  of: { readonly collection: string; readonly from: number },
  next: (now: ShardMap, record: CollectionRecord) => MapContent | Promise<MapContent>,
  signal: AbortSignal,
): Promise<z.output<typeof ReshardedResult>> {
  const record = await deps.catalog.refreshed(caller.tenant, of.collection, true, signal);
  requirePrimary(deps.region, record);
  const now = wantedMap(record);
  if (now.version !== of.from) throw changedMeanwhile();
  const content = await next(now, record);
  const { version, ...standingContent } = now;
  if (canonicalJson(content) === canonicalJson(standingContent))
    return { kind: "resharded", region: deps.region, record };
  const map = { ...content, version: version + 1 };
  const standing = await deps.log.addShardMap(record, map, signal);
  if (canonicalJson(wantedMap(standing)) !== canonicalJson(map)) throw changedMeanwhile();
  await deps.catalog.remember(standing, signal);
  return { kind: "resharded", region: deps.region, record: standing };
}

function changedMeanwhile(): Problem {
  return new Problem("resharding", "Another request was first; look again.");
}

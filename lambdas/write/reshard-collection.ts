import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { wantedMap } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ReshardedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { settleShardMap } from "../catalog/settle-shards.ts";
import { primaryRecord, type WriteDeps } from "./write.ts";

type ReshardEvent = Extract<z.output<typeof WriteEvent>, { op: "reshard" }>;

/**
 * Settles which shards a collection is to have. Each region moves its own copy as soon as it sees that; asked for what it has
 * already, nothing changes.
 *
 * @throws Problem `invalid-request`, or `resharding` where another request was first
 */
export async function reshardCollection(
  deps: WriteDeps,
  caller: Caller,
  { collection, request, from }: ReshardEvent,
  signal: AbortSignal,
): Promise<z.output<typeof ReshardedResult>> {
  await primaryRecord(deps, caller.tenant, collection, signal);
  const record = await deps.catalog.refreshed(caller.tenant, collection, true, signal);
  const now = wantedMap(record);
  if (now.version !== from) throw changedMeanwhile();
  const shardKey = request.shardKey ?? null;
  const shards = request.shards ?? (shardKey?.by === "range" ? undefined : now.shards);
  const settled =
    shardKey === null
      ? keepingKey(now, shards ?? now.shards)
      : settleShardMap(now.version + 1, { shards, shardKey }, record.fields);
  const map = { ...settled, ...spacesOf(now) };
  if (map.shards === now.shards && canonicalJson(map.key) === canonicalJson(now.key))
    return { kind: "resharded", region: deps.region, record };
  const standing = await deps.log.addShardMap(record, map, signal);
  if (canonicalJson(wantedMap(standing)) !== canonicalJson(map)) throw changedMeanwhile();
  await deps.catalog.remember(standing, signal);
  return { kind: "resharded", region: deps.region, record: standing };
}

export function changedMeanwhile(): Problem {
  return new Problem("resharding", "Another request was first; look again.");
}

/** The spaces stay what they are; nothing is filled anew. */
function spacesOf({ spaces, schemaVersion }: ShardMap): Pick<ShardMap, "spaces" | "schemaVersion"> {
  return {
    ...(spaces === undefined ? {} : { spaces }),
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
  };
}

function keepingKey(now: ShardMap, shards: number): ShardMap {
  if (now.key.by === "range" && shards !== now.shards)
    throw new Problem("invalid-request", "Mend the shards.", {
      errors: [{ pointer: "/shardKey", message: "other ranges need their bounds" }],
    });
  return { version: now.version + 1, shards, key: now.key };
}

import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { ReshardedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import { settleShardMap } from "../catalog/settle-shards.ts";
import { changeMap } from "./change-map.ts";
import type { WriteDeps } from "./write.ts";

type ReshardEvent = Extract<z.output<typeof WriteEvent>, { op: "reshard" }>;

/** Settles which shards a collection is to have; its spaces stay what they are. @throws Problem `invalid-request`, and as `changeMap` */
export async function reshardCollection(
  deps: WriteDeps,
  caller: Caller,
  event: ReshardEvent,
  signal: AbortSignal,
): Promise<z.output<typeof ReshardedResult>> {
  const { shardKey, shards } = event.request;
  return changeMap(
    deps,
    caller,
    event,
    ({ version: _, ...now }, { fields }) => {
      if (shardKey === undefined)
        return { ...now, shards: keepingKey(now.key, now.shards, shards) };
      const wanted = shardKey.by === "range" ? shards : (shards ?? now.shards);
      const { version: __, ...settled } = settleShardMap(1, { shards: wanted, shardKey }, fields);
      return { ...now, ...settled };
    },
    signal,
  );
}

function keepingKey(key: ShardMap["key"], now: number, wanted: number = now): number {
  if (key.by !== "range" || wanted === now) return wanted;
  throw new Problem("invalid-request", "Mend the shards.", {
    errors: [{ pointer: "/shardKey", message: "other ranges need their bounds" }],
  });
}

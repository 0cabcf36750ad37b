import { wantedMap } from "../../shared/contracts/collection.ts";
import { ReshardRequest, shownKey, type ReshardReply } from "../../shared/contracts/shard-map.ts";
import type { Edge } from "../edge.ts";
import { changeMap } from "./change-map.ts";
import type { EdgeContext } from "./request.ts";

/** POST /v1/collections/{name}/shards */
export async function reshardRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  return changeMap(
    edge,
    context,
    ReshardRequest,
    (shared, request) => ({ op: "reshard", ...shared, request }),
    ({ record }): Omit<ReshardReply, "collection" | "requestId"> => {
      const { shards, key } = wantedMap(record);
      return { toShards: shards, shardKey: shownKey(key, record.fields) };
    },
  );
}

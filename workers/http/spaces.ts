import { wantedMap } from "../../shared/contracts/collection.ts";
import { spacesToFill } from "../../shared/contracts/shard-map.ts";
import { ChangeSpacesRequest, type ChangeSpacesReply } from "../../shared/contracts/space.ts";
import type { Edge } from "../edge.ts";
import { changeMap } from "./change-map.ts";
import type { EdgeContext } from "./request.ts";

/** POST /v1/collections/{name}/spaces: the regions move to shards that have them, which the primary then fills. */
export async function changeSpacesRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  return changeMap(
    edge,
    context,
    ChangeSpacesRequest,
    (shared, request) => ({ op: "change-spaces", ...shared, request }),
    ({ record, begun }): Omit<ChangeSpacesReply, "collection" | "requestId"> => {
      const { spaces = record.spaces } = wantedMap(record);
      return { spaces, fills: begun ? spacesToFill(record.shardMaps) : [] };
    },
  );
}

import { CollectionName, wantedMap } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import {
  ReshardRequest,
  shownKey,
  spacesToFill,
  type ReshardReply,
} from "../../shared/contracts/shard-map.ts";
import { ChangeSpacesRequest, type ChangeSpacesReply } from "../../shared/contracts/space.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";
import { settledMapVersion } from "./settled-regions.ts";

/** POST /v1/collections/{name}/shards: 202, and each region moves its own copy beside the old one. */
export async function reshardRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const request = await jsonBody(context, ReshardRequest);
  const from = await settledMapVersion(edge, context, caller, collection);
  const result = await callPrimary(edge.router, edge.primary, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "reshard",
    ...envelope(edge, context, caller, leftMs),
    collection,
    request,
    from,
  }));
  if (result.kind !== "resharded")
    throw new Error(`the primary answered a change of shards with ${result.kind}`);
  const { shards, key } = wantedMap(result.record);
  const requestId = context.get("requestId");
  const shardKey = shownKey(key, result.record.fields);
  const body: ReshardReply = { collection, toShards: shards, shardKey, requestId };
  return accepted(collection, body);
}

/** POST /v1/collections/{name}/spaces: 202, and each region moves to shards that have them, which the primary then fills. */
export async function changeSpacesRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const request = await jsonBody(context, ChangeSpacesRequest);
  const from = await settledMapVersion(edge, context, caller, collection);
  const result = await callPrimary(edge.router, edge.primary, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "change-spaces",
    ...envelope(edge, context, caller, leftMs),
    collection,
    request,
    from,
  }));
  if (result.kind !== "resharded")
    throw new Error(`the primary answered a change of spaces with ${result.kind}`);
  const { record } = result;
  const wanted = wantedMap(record);
  const { version, spaces = record.spaces } = wanted;
  const requestId = context.get("requestId");
  // Where the collection had them already nothing is filled.
  const begun = version === from ? [] : spacesToFill(record.shardMaps);
  const body: ChangeSpacesReply = { collection, spaces, fills: begun, requestId };
  return accepted(collection, body);
}

function accepted(collection: string, body: ReshardReply | ChangeSpacesReply): Response {
  return Response.json(body, {
    status: 202,
    headers: { location: `/v1/collections/${collection}` },
  });
}

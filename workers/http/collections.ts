import {
  CollectionName,
  CreateCollectionRequest,
  wantedMap,
  type CollectionView,
} from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import type { ReplicaStatus, SearchResult } from "../../shared/contracts/region-event.ts";
import { shownKey } from "../../shared/contracts/shard-map.ts";
import type { CollectionsReply } from "../../shared/contracts/status.ts";
import { FIRST_TERM, originPoint } from "../../shared/domain/point.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { callRegions } from "../routing/call-regions.ts";
import { aboutOf, admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";
import { answerHeaders } from "./retrieve.ts";

const READ_MS = 5_000;

/** POST /v1/collections */
export async function createCollectionRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const definition = await jsonBody(context, CreateCollectionRequest);
  const about = aboutOf(caller, definition.name);
  const toEvent = (leftMs: number) => ({
    op: "create" as const,
    ...envelope(edge, context, caller, leftMs),
    definition,
  });
  const { router, primaries } = edge;
  const result = await callPrimary(router, primaries, about, LIMITS.deadlineMsMax, toEvent);
  if (result.kind !== "created")
    throw new Error(`the primary answered a creation with ${result.kind}`);
  const { record, region } = result;
  primaries.learn(about, record.primary, record.term);
  const point = originPoint(record.incarnation, FIRST_TERM);
  const counted = { point, documents: 0, stalenessMs: 0, lag: null, reconciled: null };
  const held = { ...counted, resharding: null, unfilled: [] };
  const { shardMaps: _, ...collection } = record;
  const view = toCollectionView({ collection, shardMap: wantedMap(record), ...held }, region);
  return Response.json(view, {
    status: 201,
    headers: answerHeaders(record.incarnation, point),
  });
}

/** GET /v1/collections and GET /v1/collections/{name}: as the answering region holds them now. */
export async function collectionsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const path = context.req.param("name");
  const name = path === undefined ? null : parse(CollectionName, path, "the collection's name");
  const result = await callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    READ_MS,
    (functions, { regionMs, signal }) =>
      functions.search(
        { op: "collections", ...envelope(edge, context, caller, regionMs), name, fresh: false },
        signal,
      ),
  );
  if (result.kind !== "collections")
    throw new Error(`a region listed collections with ${result.kind}`);
  const views = result.collections.map((status) => toCollectionView(status, result.region));
  const headers = { "cache-control": "private, no-store" };
  if (name !== null) return Response.json(views[0], { headers });
  const body: CollectionsReply = {
    collections: views,
    region: result.region,
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers });
}

/** What a caller sees of a collection: all but whose it is, which the caller knows. */
export function toCollectionView(
  { collection, point, shardMap, ...held }: ReplicaStatus,
  region: string,
): CollectionView {
  const { tenant: _, ...rest } = collection;
  const { shards, key } = shardMap;
  const position = point?.position ?? null;
  return {
    ...rest,
    ...held,
    shards,
    shardKey: shownKey(key, collection.fields),
    position,
    region,
  };
}

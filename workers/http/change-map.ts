import type { z } from "zod";
import { CollectionName, type CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import type { WriteEvent } from "../../shared/contracts/write-event.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { aboutOf, admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";
import { settledMapVersion } from "./settled-regions.ts";

export interface Changed {
  readonly record: CollectionRecord;
  /** Whether it is to have another map than before. */
  readonly begun: boolean;
}

type Shared = Omit<Extract<WriteEvent, { op: "reshard" }>, "op" | "request">;

/**
 * Changes a collection's shard map: 202, and each region moves its own copy beside the old one. One change at a time.
 *
 * @param toEvent adds what is asked for to what every such event has
 * @param toBody what the caller is told, beside the collection and the request's id
 */
export async function changeMap<S extends z.ZodType>(
  edge: Edge,
  context: EdgeContext,
  schema: S,
  toEvent: (shared: Shared, request: z.output<S>) => WriteEvent,
  toBody: (changed: Changed) => object,
): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const request = await jsonBody(context, schema);
  const from = await settledMapVersion(edge, context, caller, collection);
  const { router, primaries } = edge;
  const about = aboutOf(caller, collection);
  const result = await callPrimary(router, primaries, about, LIMITS.deadlineMsMax, (leftMs) =>
    toEvent({ ...envelope(edge, context, caller, leftMs), collection, from }, request),
  );
  if (result.kind !== "resharded")
    throw new Error(`the primary answered a change of shards with ${result.kind}`);
  const { record } = result;
  const begun = record.shardMaps.at(-1)?.version !== from;
  const requestId = context.get("requestId");
  return Response.json(
    { collection, ...toBody({ record, begun }), requestId },
    { status: 202, headers: { location: `/v1/collections/${collection}` } },
  );
}

import type { Caller } from "../../shared/contracts/caller.ts";
import { CollectionName } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { ReshardRequest, type ReshardReply } from "../../shared/contracts/shard-map.ts";
import { required } from "../../shared/std/assert.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";

const LOOK_MS = 5_000;

/**
 * POST /v1/collections/{name}/shards: 202, and each region moves its own copy beside the old one. One change at a time: all
 * regions must have the shards of the one before.
 */
export async function reshardRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const name = parse(CollectionName, context.req.param("name"), "the collection's name");
  const request = await jsonBody(context, ReshardRequest);
  const versions = await Promise.all(
    [...edge.router.functions.values()].map((of) => settledIn(edge, context, caller, of, name)),
  );
  const from = required(versions[0], "there is a region");
  if (versions.some((version) => version !== from))
    throw new Problem("resharding", "The regions do not have the same shards yet; look again.");
  const result = await callPrimary(edge.router, edge.primary, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "reshard",
    ...envelope(edge, context, caller, leftMs),
    collection: name,
    request,
    from,
  }));
  if (result.kind !== "resharded")
    throw new Error(`the primary answered a change of shards with ${result.kind}`);
  const { shards, key } = required(result.record.shardMaps.at(-1), "a record has a map");
  const requestId = context.get("requestId");
  const body: ReshardReply = { collection: name, toShards: shards, shardKey: key, requestId };
  return Response.json(body, { status: 202, headers: { location: `/v1/collections/${name}` } });
}

/** @returns version of the region's shard map @throws Problem `not-found`, `resharding`, or `region-unavailable`: what a region that can't be asked has is not known */
async function settledIn(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  functions: RegionFunctions,
  name: string,
): Promise<number> {
  const of = { name, fresh: true };
  const event = { op: "collections" as const, ...envelope(edge, context, caller, LOOK_MS), ...of };
  const result = await functions.search(event, AbortSignal.timeout(LOOK_MS)).catch((cause) => {
    throw new Problem(
      "region-unavailable",
      `Shards are changed while all regions can be asked; ${functions.region} did not answer.`,
      { cause },
    );
  });
  if (result.kind === "problem")
    throw new Problem(result.problem.code, result.problem.hint, { errors: result.problem.errors });
  const status = result.kind === "collections" ? result.collections[0] : undefined;
  if (status === undefined || status.resharding !== null)
    throw new Problem(
      "resharding",
      `${functions.region} is still moving the collection; GET /v1/status tells how far it is.`,
    );
  return status.shardMap.version;
}

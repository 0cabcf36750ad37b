import {
  PutAliasRequest,
  type AliasesReply,
  type AliasReply,
} from "../../shared/contracts/alias.ts";
import { CollectionName } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import type { SearchResult } from "../../shared/contracts/region-event.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { callRegions } from "../routing/call-regions.ts";
import { aboutOf, admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";

const READ_MS = 5_000;
const UNCACHED = { headers: { "cache-control": "private, no-store" } };

/** PUT /v1/aliases/{alias} */
export async function putAliasRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const alias = parse(CollectionName, context.req.param("alias"), "the alias");
  const { collection } = await jsonBody(context, PutAliasRequest);
  const { router, primaries } = edge;
  const about = aboutOf(caller, alias);
  const result = await callPrimary(router, primaries, about, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "put-alias",
    ...envelope(edge, context, caller, leftMs),
    alias,
    collection,
  }));
  if (result.kind !== "alias") throw new Error(`a region set an alias with ${result.kind}`);
  const body: AliasReply = { ...result.alias, requestId: context.get("requestId") };
  return Response.json(body, UNCACHED);
}

/** DELETE /v1/aliases/{alias}: the collection stays. */
export async function deleteAliasRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const alias = parse(CollectionName, context.req.param("alias"), "the alias");
  const { router, primaries } = edge;
  const about = aboutOf(caller, alias);
  const result = await callPrimary(router, primaries, about, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "delete-alias",
    ...envelope(edge, context, caller, leftMs),
    alias,
  }));
  if (result.kind !== "alias-deleted")
    throw new Error(`a region deleted an alias with ${result.kind}`);
  return new Response(null, { status: 204 });
}

/** GET /v1/aliases: as the log has them now. */
export async function aliasesRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const result = await callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    READ_MS,
    (functions, { regionMs, signal }) =>
      functions.search({ op: "aliases", ...envelope(edge, context, caller, regionMs) }, signal),
  );
  if (result.kind !== "aliases") throw new Error(`a region listed aliases with ${result.kind}`);
  const { aliases, region } = result;
  const body: AliasesReply = { aliases, region, requestId: context.get("requestId") };
  return Response.json(body, UNCACHED);
}

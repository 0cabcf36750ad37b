import { CollectionName } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import type { SearchResult } from "../../shared/contracts/region-event.ts";
import {
  RestoreRequest,
  SnapshotId,
  SnapshotRequest,
  type SnapshotJobReply,
  type SnapshotsReply,
} from "../../shared/contracts/snapshot.ts";
import type { WriteEvent } from "../../shared/contracts/write-event.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { callRegions } from "../routing/call-regions.ts";
import { aboutOf, admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";

const READ_MS = 10_000;

/** POST /v1/snapshots: 202, and a region makes it. */
export async function askForSnapshotRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const { collection } = await jsonBody(context, SnapshotRequest);
  return jobReply(edge, context, aboutOf(caller, collection), (leftMs) => ({
    op: "snapshot",
    ...envelope(edge, context, caller, leftMs),
    collection,
  }));
}

/** POST /v1/snapshots/restore: 202, and the primary restores it. */
export async function restoreRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const request = await jsonBody(context, RestoreRequest);
  return jobReply(edge, context, aboutOf(caller, request.into), (leftMs) => ({
    op: "restore",
    ...envelope(edge, context, caller, leftMs),
    request,
  }));
}

/** GET /v1/snapshots */
export async function listSnapshotsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const asked = context.req.query("collection");
  const collection = asked === undefined ? null : parse(CollectionName, asked, "the collection");
  const result = await callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    READ_MS,
    (functions, { regionMs, signal }) =>
      functions.search(
        { op: "snapshots", ...envelope(edge, context, caller, regionMs), collection },
        signal,
      ),
  );
  if (result.kind !== "snapshots") throw new Error(`a region listed snapshots with ${result.kind}`);
  const { snapshots, jobs, region } = result;
  const body: SnapshotsReply = { snapshots, jobs, region, requestId: context.get("requestId") };
  return Response.json(body, { headers: { "cache-control": "private, no-store" } });
}

/** DELETE /v1/snapshots/{id} */
export async function deleteSnapshotRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const snapshot = parse(SnapshotId, context.req.param("id"), "the id in the path");
  const about = aboutOf(caller, snapshot);
  const result = await callPrimary(
    edge.router,
    edge.primaries,
    about,
    LIMITS.deadlineMsMax,
    (leftMs) => ({
      op: "delete-snapshot",
      ...envelope(edge, context, caller, leftMs),
      snapshot,
    }),
  );
  if (result.kind !== "snapshot-deleted")
    throw new Error(`the primary deleted a snapshot with ${result.kind}`);
  return new Response(null, { status: 204 });
}

async function jobReply(
  edge: Edge,
  context: EdgeContext,
  about: string,
  toEvent: (leftMs: number) => WriteEvent,
): Promise<Response> {
  const result = await callPrimary(
    edge.router,
    edge.primaries,
    about,
    LIMITS.deadlineMsMax,
    toEvent,
  );
  if (result.kind !== "job") throw new Error(`the primary took on work with ${result.kind}`);
  const body: SnapshotJobReply = { job: result.job, requestId: context.get("requestId") };
  return Response.json(body, { status: 202, headers: { location: "/v1/snapshots" } });
}

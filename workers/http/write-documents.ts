import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { PutDocumentsRequest, type WriteReply } from "../../shared/contracts/document.ts";
import {
  DeleteDocumentQuery,
  DeleteDocumentsRequest,
  PatchDocumentQuery,
  PatchDocumentRequest,
} from "../../shared/contracts/document-queries.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { required } from "../../shared/std/assert.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { readMultipart, readNdjson } from "../door/read-documents.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import {
  aboutOf,
  admitted,
  documentId,
  envelope,
  jsonBody,
  POSITION_HEADER,
  requireType,
  type EdgeContext,
} from "./request.ts";
import { problemResponse } from "./problem-response.ts";
import { countFound } from "./read-documents.ts";
import { answerHeaders } from "./retrieve.ts";

const IDEMPOTENCY_HEADER = "idempotency-key";

/** POST /v1/documents: JSON, NDJSON or multipart. */
export async function putDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  const type = requireType(context, [
    "application/json",
    "application/x-ndjson",
    "multipart/form-data",
  ]);
  const request =
    type === "application/json"
      ? await jsonBody(context, PutDocumentsRequest)
      : type === "application/x-ndjson"
        ? await readNdjson(context.req.raw)
        : await readMultipart(context.req.raw);
  const { collection, documents, waitFor } = request;
  const about = aboutOf(caller, collection);
  return write(edge, context, about, request.deadlineMs, (leftMs, idempotencyKey) => ({
    op: "put",
    ...envelope(edge, context, caller, leftMs),
    collection,
    idempotencyKey,
    documents,
    waitFor,
  }));
}

/** DELETE /v1/documents/{id} */
export async function deleteDocumentRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  const { collection, waitFor, deadlineMs } = parse(
    DeleteDocumentQuery,
    context.req.query(),
    "the query parameters",
  );
  const asked = { collection, ids: [documentId(context)], waitFor, deadlineMs };
  return removeDocuments(edge, context, caller, asked);
}

/** PATCH /v1/documents/{id}: its metadata. */
export async function patchDocumentRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  const { collection, waitFor, deadlineMs } = parse(
    PatchDocumentQuery,
    context.req.query(),
    "the query parameters",
  );
  const { metadata, ifPosition } = await jsonBody(context, PatchDocumentRequest);
  const about = aboutOf(caller, collection);
  return write(edge, context, about, deadlineMs, (leftMs, idempotencyKey) => ({
    op: "patch",
    ...envelope(edge, context, caller, leftMs),
    collection,
    idempotencyKey,
    id: documentId(context),
    patch: metadata,
    ...(ifPosition === undefined ? {} : { ifPosition }),
    waitFor,
  }));
}

/** POST /v1/documents/delete: many by id, also those that no path can hold, or what a filter finds. */
export async function deleteDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  const request = await jsonBody(context, DeleteDocumentsRequest);
  const { collection, ids, filter, dryRun, waitFor, deadlineMs } = request;
  if (ids !== undefined)
    return removeDocuments(edge, context, caller, { collection, ids, waitFor, deadlineMs });
  const found = required(filter, "either ids or a filter");
  if (dryRun) {
    const strongly = { consistency: "strong" as const, maxStalenessMs: 0, deadlineMs };
    return countFound(edge, context, caller, { collection, filter: found, ...strongly });
  }
  const about = aboutOf(caller, collection);
  return write(edge, context, about, deadlineMs, (leftMs, idempotencyKey) => ({
    op: "delete-found",
    ...envelope(edge, context, caller, leftMs),
    collection,
    idempotencyKey,
    filter: found,
    waitFor,
  }));
}

interface Removal extends Pick<z.output<typeof DeleteDocumentsRequest>, "waitFor" | "deadlineMs"> {
  readonly collection: string;
  readonly ids: string[];
}

async function removeDocuments(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  { collection, ids, waitFor, deadlineMs }: Removal,
): Promise<Response> {
  const about = aboutOf(caller, collection);
  return write(edge, context, about, deadlineMs, (leftMs, idempotencyKey) => ({
    op: "delete",
    ...envelope(edge, context, caller, leftMs),
    collection,
    idempotencyKey,
    ids,
    waitFor,
  }));
}

async function write(
  edge: Edge,
  context: EdgeContext,
  about: string,
  deadlineMs: number,
  toEvent: (leftMs: number, idempotencyKey: string) => WriteEvent,
): Promise<Response> {
  const idempotencyKey = context.req.header(IDEMPOTENCY_HEADER) ?? edge.newId();
  if (
    !/^[\x21-\x7e]+$/.test(idempotencyKey) ||
    idempotencyKey.length > LIMITS.idempotencyKeyCharsMax
  ) {
    throw new Problem(
      "invalid-request",
      `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} visible ASCII characters.`,
    );
  }
  context.set("idempotencyKey", idempotencyKey);
  const { router, primaries } = edge;
  const result = await callPrimary(router, primaries, about, deadlineMs, (leftMs) =>
    toEvent(leftMs, idempotencyKey),
  );
  if (result.kind !== "written")
    throw new Error(`the primary answered a write with ${result.kind}`);
  const headers = answerHeaders(result.incarnation, result.point);
  if (result.refused.length > 0) return refusedResponse(context, result, headers);
  return written(context, result, headers);
}

/** 412, with the position: what else the request held is written. */
function refusedResponse(
  context: EdgeContext,
  { refused, ids }: WrittenResult,
  headers: Readonly<Record<string, string>>,
): Response {
  const written = ids.length > refused.length ? " What else the request holds is written." : "";
  const many = context.req.method === "POST";
  const problem = new Problem(
    "position-mismatch",
    `Read the document, and write it for the position that it has now.${written}`,
    {
      errors: refused.map((index) => ({
        pointer: many ? `/documents/${index}/ifPosition` : "/ifPosition",
        message: "the document is at another position",
      })),
    },
  );
  const response = problemResponse(problem, context.get("requestId"));
  response.headers.set(POSITION_HEADER, headers[POSITION_HEADER] ?? "");
  return response;
}

function written(
  context: EdgeContext,
  result: WrittenResult,
  headers: Readonly<Record<string, string>>,
): Response {
  const { ids, point, applied, regions, more, repeated, region } = result;
  const body: WriteReply = {
    ids,
    position: point.position,
    applied,
    regions,
    ...(more === undefined ? {} : { more }),
    repeated,
    region,
    requestId: context.get("requestId"),
  };
  return Response.json(body, { status: applied ? 200 : 202, headers });
}

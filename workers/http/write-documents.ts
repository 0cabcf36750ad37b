import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { PutDocumentsRequest, type WriteReply } from "../../shared/contracts/document.ts";
import {
  DeleteDocumentQuery,
  DeleteDocumentsRequest,
} from "../../shared/contracts/document-queries.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { readMultipart, readNdjson } from "../door/read-documents.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import {
  admitted,
  documentId,
  envelope,
  jsonBody,
  requireType,
  type EdgeContext,
} from "./request.ts";
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
  return write(edge, context, request.deadlineMs, (leftMs, idempotencyKey) => ({
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

/** POST /v1/documents/delete: many by id, also those that no path can hold. */
export async function deleteDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  return removeDocuments(edge, context, caller, await jsonBody(context, DeleteDocumentsRequest));
}

async function removeDocuments(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  { collection, ids, waitFor, deadlineMs }: z.output<typeof DeleteDocumentsRequest>,
): Promise<Response> {
  return write(edge, context, deadlineMs, (leftMs, idempotencyKey) => ({
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
  const result = await callPrimary(edge.router, edge.primary, deadlineMs, (leftMs) =>
    toEvent(leftMs, idempotencyKey),
  );
  if (result.kind !== "written")
    throw new Error(`the primary answered a write with ${result.kind}`);
  return written(context, result);
}

function written(context: EdgeContext, result: WrittenResult): Response {
  const { ids, point, applied, repeated, region, incarnation } = result;
  const body: WriteReply = {
    ids,
    position: point.position,
    applied,
    repeated,
    region,
    requestId: context.get("requestId"),
  };
  const headers = answerHeaders(incarnation, point);
  return Response.json(body, { status: applied ? 200 : 202, headers });
}

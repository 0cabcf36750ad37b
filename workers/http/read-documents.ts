import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { type Document } from "../../shared/contracts/document.ts";
import {
  CountDocumentsRequest,
  GetDocumentQuery,
  GetDocumentsRequest,
  ListDocumentsQuery,
} from "../../shared/contracts/document-queries.ts";
import { WireFilter } from "../../shared/contracts/filter.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  Freshness,
  RegionDocument,
  SearchEvent,
  SearchResult,
  Served,
} from "../../shared/contracts/region-event.ts";
import type { Consistency } from "../../shared/contracts/retrieve.ts";
import { fromBase64, toBase64 } from "../../shared/std/bytes.ts";
import { parseJson } from "../door/read-body.ts";
import type { Edge } from "../edge.ts";
import { callRegions } from "../routing/call-regions.ts";
import {
  admitted,
  documentId,
  envelope,
  jsonBody,
  positionToken,
  wantedFreshness,
  type EdgeContext,
} from "./request.ts";
import { answerHeaders } from "./retrieve.ts";

/** GET /v1/documents/{id} */
export async function getDocumentRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const query = parse(GetDocumentQuery, context.req.query(), "the query parameters");
  const { documents, served } = await readDocuments(edge, context, caller, query, {
    op: "get",
    ids: [documentId(context)],
  });
  const [found] = documents;
  if (found === undefined) throw new Problem("not-found", "There is no document of that id.");
  return Response.json(toDocument(edge, caller, found), {
    headers: answerHeaders(served.incarnation, served.point),
  });
}

/** POST /v1/documents/get: many by id; unknown ids are left out. */
export async function getDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const request = await jsonBody(context, GetDocumentsRequest);
  return listing(
    edge,
    context,
    caller,
    await readDocuments(edge, context, caller, request, { op: "get", ids: request.ids }),
  );
}

/** GET /v1/documents: page by page, in the ids' code point order. */
export async function listDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const query = parse(ListDocumentsQuery, context.req.query(), "the query parameters");
  const filter =
    query.filter === undefined ? null : parse(WireFilter, parseJson(query.filter), "the filter");
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  return listing(
    edge,
    context,
    caller,
    await readDocuments(edge, context, caller, query, {
      op: "list",
      filter,
      after,
      limit: query.limit,
    }),
  );
}

/** POST /v1/documents/count */
export async function countDocumentsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  return countFound(edge, context, caller, await jsonBody(context, CountDocumentsRequest));
}

/** How many documents a filter finds, at the asked freshness. */
export async function countFound(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  request: z.output<typeof CountDocumentsRequest>,
): Promise<Response> {
  const result = await read(edge, context, caller, request, {
    op: "count",
    filter: request.filter ?? null,
  });
  if (result.kind !== "count") throw new Error(`a region answered a count with ${result.kind}`);
  const { count, served } = result;
  const body = {
    count,
    servedPosition: served.point.position,
    region: served.region,
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers: answerHeaders(served.incarnation, served.point) });
}

type ReadKind =
  | { readonly op: "get"; readonly ids: string[] }
  | {
      readonly op: "list";
      readonly filter: WireFilter | null;
      readonly after: string | null;
      readonly limit: number;
    }
  | { readonly op: "count"; readonly filter: WireFilter | null };

interface Asked {
  readonly collection: string;
  readonly consistency: Consistency;
  readonly maxStalenessMs: number;
  readonly deadlineMs: number;
}

async function read(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  asked: Asked,
  kind: ReadKind,
): Promise<Exclude<SearchResult, { kind: "problem" }>> {
  const freshness: Freshness = wantedFreshness(
    asked.consistency,
    asked.maxStalenessMs,
    positionToken(context)?.text ?? null,
  );
  return callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    asked.deadlineMs,
    (functions, { regionMs, signal }) => {
      const event: SearchEvent = {
        ...envelope(edge, context, caller, regionMs),
        collection: asked.collection,
        freshness,
        ...kind,
      };
      return functions.search(event, signal);
    },
  );
}

async function readDocuments(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  asked: Asked,
  kind: ReadKind,
) {
  const result = await read(edge, context, caller, asked, kind);
  if (result.kind !== "documents")
    throw new Error(`a region answered ${kind.op} with ${result.kind}`);
  return result;
}

function listing(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  {
    documents,
    served,
    next,
  }: { documents: readonly RegionDocument[]; served: Served; next: string | null },
): Response {
  const body = {
    documents: documents.map((document) => toDocument(edge, caller, document)),
    cursor: next === null ? null : toBase64(new TextEncoder().encode(next)),
    servedPosition: served.point.position,
    region: served.region,
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers: answerHeaders(served.incarnation, served.point) });
}

function toDocument(edge: Edge, caller: Caller, { media, ...rest }: RegionDocument): Document {
  return media === undefined
    ? rest
    : { ...rest, media: edge.mediaPaths.sign(caller.tenant, media) };
}

/** A cursor is the last id given; an edited one lists from elsewhere and shows nothing that its caller may not see. */
function readCursor(cursor: string): string {
  const bytes = fromBase64(cursor);
  const text = bytes === null ? null : new TextDecoder().decode(bytes);
  if (text === null || toBase64(new TextEncoder().encode(text)) !== cursor) {
    throw new Problem("invalid-request", "The cursor is not one that nearfield gave.");
  }
  return text;
}

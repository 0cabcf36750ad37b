import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { CollectionName, CollectionView, CreateCollectionRequest } from "./collection.ts";
import { DeleteCollectionQuery, DeleteCollectionReply } from "./delete-collection.ts";
import {
  CountDocumentsRequest,
  CountReply,
  DeleteDocumentQuery,
  DeleteDocumentsRequest,
  GetDocumentQuery,
  GetDocumentsRequest,
  ListDocumentsQuery,
  PatchDocumentQuery,
  PatchDocumentRequest,
} from "./document-queries.ts";
import {
  Document,
  DocumentInput,
  ListReply,
  PutDocumentsRequest,
  WaitFor,
  WriteReply,
} from "./document.ts";
import { LIMITS } from "./limits.ts";
import { ProblemDocument } from "./problems.ts";
import { RagEvent, RagReply } from "./rag.ts";
import { RagRequest, RetrieveReply, RetrieveRequest } from "./retrieve.ts";
import { answers, json } from "./openapi-parts.ts";
import { operationPaths } from "./openapi-operations.ts";
import { CollectionsReply, StatusReply } from "./status.ts";
import { z } from "zod";

const writeHeaders = z.strictObject({
  "idempotency-key": z
    .string()
    .max(LIMITS.idempotencyKeyCharsMax)
    .optional()
    .describe("Kept 24 h; made here, and returned, where missing"),
});
const readHeaders = z.strictObject({
  "nearfield-position": z
    .string()
    .optional()
    .describe("Token of what the caller has written or seen; every reply gives one"),
});
const uploadQuery = z.strictObject({
  collection: CollectionName.optional().describe("Needed with NDJSON and multipart"),
  waitFor: WaitFor.optional(),
  deadlineMs: z.int().optional(),
});
const uploadParts = z.strictObject({
  documents: z.string().describe("JSON list of documents, without pictures"),
  image0: z.string().meta({ format: "binary" }).optional(),
});
const id = z.strictObject({ id: z.string().describe("The document's id, percent-encoded") });
const name = z.strictObject({ name: z.string() });

const paths: ZodOpenApiPathsObject = {
  "/v1/retrieve": {
    post: {
      operationId: "retrieve",
      summary: "Find documents by text, picture, vector or likeness",
      requestParams: { header: readHeaders },
      requestBody: json(RetrieveRequest),
      responses: answers(RetrieveReply, "Hits, and where and how fresh they are"),
    },
  },
  "/v1/rag": {
    post: {
      operationId: "rag",
      summary: "A written answer that cites its sources",
      requestParams: { header: readHeaders },
      requestBody: json(RagRequest),
      responses: {
        "200": {
          description: "Server-sent events, or one JSON reply where stream is false",
          content: {
            "text/event-stream": { schema: RagEvent },
            "application/json": { schema: RagReply },
          },
        },
        default: {
          description: "A problem",
          content: { "application/problem+json": { schema: ProblemDocument } },
        },
      },
    },
  },
  "/v1/documents": {
    post: {
      operationId: "putDocuments",
      summary: "Write documents",
      description:
        "As JSON; as NDJSON, one document a line, with `collection`, `waitFor` and `deadlineMs` in the query; or as multipart, " +
        "with the same query, a part `documents` (a JSON list) and a file part `image0`, `image1` ... for the picture of each document.",
      requestParams: { header: writeHeaders, query: uploadQuery },
      requestBody: {
        content: {
          "application/json": { schema: PutDocumentsRequest },
          "application/x-ndjson": { schema: DocumentInput },
          "multipart/form-data": { schema: uploadParts },
        },
      },
      responses: answers(WriteReply, "Durable, and readable in the primary"),
    },
    get: {
      operationId: "listDocuments",
      summary: "List documents",
      requestParams: { query: ListDocumentsQuery, header: readHeaders },
      responses: answers(ListReply, "A page"),
    },
  },
  "/v1/documents/{id}": {
    get: {
      operationId: "getDocument",
      summary: "Read a document",
      requestParams: { path: id, query: GetDocumentQuery, header: readHeaders },
      responses: answers(Document, "The document"),
    },
    patch: {
      operationId: "patchDocument",
      summary: "Change a document's metadata",
      requestParams: { path: id, query: PatchDocumentQuery, header: writeHeaders },
      requestBody: json(PatchDocumentRequest),
      responses: answers(WriteReply, "Changed"),
    },
    delete: {
      operationId: "deleteDocument",
      summary: "Delete a document",
      requestParams: { path: id, query: DeleteDocumentQuery, header: writeHeaders },
      responses: answers(WriteReply, "Deleted"),
    },
  },
  "/v1/documents/get": {
    post: {
      operationId: "getDocuments",
      summary: "Read many documents",
      requestBody: json(GetDocumentsRequest),
      responses: answers(ListReply, "Those that exist"),
    },
  },
  "/v1/documents/delete": {
    post: {
      operationId: "deleteDocuments",
      summary: "Delete many documents, by id or by filter; `dryRun` counts what a filter finds",
      requestParams: { header: writeHeaders },
      requestBody: json(DeleteDocumentsRequest),
      responses: answers(z.union([WriteReply, CountReply]), "Deleted, or counted"),
    },
  },
  "/v1/documents/count": {
    post: {
      operationId: "countDocuments",
      summary: "Count documents",
      requestBody: json(CountDocumentsRequest),
      responses: answers(CountReply, "The count"),
    },
  },
  "/v1/collections": {
    post: {
      operationId: "createCollection",
      summary: "Create a collection",
      requestBody: json(CreateCollectionRequest),
      responses: answers(CollectionView, "Created", "201"),
    },
    get: {
      operationId: "listCollections",
      summary: "List collections",
      responses: answers(CollectionsReply, "The caller's collections"),
    },
  },
  "/v1/collections/{name}": {
    get: {
      operationId: "getCollection",
      summary: "A collection",
      requestParams: { path: name },
      responses: answers(CollectionView, "The collection"),
    },
    delete: {
      operationId: "deleteCollection",
      summary:
        "Delete a collection in every region; the name is free at once, and snapshots that somebody asked for stay",
      requestParams: { path: name, query: DeleteCollectionQuery },
      responses: answers(DeleteCollectionReply, "Deleted"),
    },
  },
  ...operationPaths,
  "/metrics": {
    get: {
      operationId: "metrics",
      summary: "Counts of the answering isolate, as Prometheus text; needs the scope admin",
      responses: {
        "200": { description: "Series", content: { "text/plain": { schema: z.string() } } },
      },
    },
  },
  "/v1/status": {
    get: {
      operationId: "status",
      summary: "Locations and regions",
      responses: answers(StatusReply, "As they are now"),
    },
  },
};

/** The OpenAPI 3.1 document, made of the schemas that validate. */
export function openApiDocument(): object {
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "nearfield",
      version: "1",
      description: "Multimodal retrieval from the nearest region, labelled with its freshness.",
    },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    paths,
  });
}

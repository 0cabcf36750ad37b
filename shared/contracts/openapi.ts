import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { CollectionView, CreateCollectionRequest } from "./collection.ts";
import {
  CountDocumentsRequest,
  CountReply,
  DeleteDocumentQuery,
  GetDocumentQuery,
  GetDocumentsRequest,
  ListDocumentsQuery,
} from "./document-queries.ts";
import { Document, ListReply, PutDocumentsRequest, WriteReply } from "./document.ts";
import { ProblemDocument } from "./problems.ts";
import { RagEvent, RagReply } from "./rag.ts";
import { RagRequest, RetrieveReply, RetrieveRequest } from "./retrieve.ts";
import { CollectionsReply, StatusReply } from "./status.ts";
import { z } from "zod";

type Schema = z.ZodType;

function json(schema: Schema) {
  return { content: { "application/json": { schema } } };
}

function answers(schema: Schema, description: string, status = "200") {
  return {
    [status]: { description, ...json(schema) },
    default: {
      description: "A problem, as RFC 9457 has it",
      content: { "application/problem+json": { schema: ProblemDocument } },
    },
  };
}

const id = z.strictObject({ id: z.string().describe("The document's id, percent-encoded") });
const name = z.strictObject({ name: z.string() });

const paths: ZodOpenApiPathsObject = {
  "/v1/retrieve": {
    post: {
      operationId: "retrieve",
      summary: "Find documents by text, picture, vector or likeness",
      requestBody: json(RetrieveRequest),
      responses: answers(RetrieveReply, "Hits, and where and how fresh they are"),
    },
  },
  "/v1/rag": {
    post: {
      operationId: "rag",
      summary: "A written answer that cites its sources",
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
      summary: "Write documents; also as NDJSON or multipart",
      requestBody: json(PutDocumentsRequest),
      responses: answers(WriteReply, "Durable, and readable in the primary"),
    },
    get: {
      operationId: "listDocuments",
      summary: "List documents",
      requestParams: { query: ListDocumentsQuery },
      responses: answers(ListReply, "A page"),
    },
  },
  "/v1/documents/{id}": {
    get: {
      operationId: "getDocument",
      summary: "Read a document",
      requestParams: { path: id, query: GetDocumentQuery },
      responses: answers(Document, "The document"),
    },
    delete: {
      operationId: "deleteDocument",
      summary: "Delete a document",
      requestParams: { path: id, query: DeleteDocumentQuery },
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

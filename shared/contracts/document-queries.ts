import { z } from "zod";
import { CollectionName } from "./collection.ts";
import { DocumentId, WaitFor } from "./document.ts";
import { WireFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";
import { Consistency } from "./retrieve.ts";

const freshness = {
  consistency: Consistency.default("bounded"),
  maxStalenessMs: z.coerce.number().int().min(0).max(LIMITS.maxStalenessMsMax).default(5_000),
  deadlineMs: z.coerce
    .number()
    .int()
    .min(LIMITS.deadlineMsMin)
    .max(LIMITS.deadlineMsMax)
    .default(5_000),
};

/** Query parameters of GET /v1/documents/{id}. */
export const GetDocumentQuery = z
  .strictObject({ collection: CollectionName, ...freshness })
  .meta({ id: "GetDocumentQuery" });

/** Query parameters of GET /v1/documents; `filter` is JSON. */
export const ListDocumentsQuery = z
  .strictObject({
    collection: CollectionName,
    filter: z.string().max(65_536).optional(),
    cursor: z.string().max(2_048).optional(),
    limit: z.coerce.number().int().min(1).max(LIMITS.pageMax).default(100),
    ...freshness,
  })
  .meta({ id: "ListDocumentsQuery" });

export const DeleteDocumentQuery = z
  .strictObject({
    collection: CollectionName,
    waitFor: WaitFor.default("primary"),
    deadlineMs: z.coerce
      .number()
      .int()
      .min(LIMITS.deadlineMsMin)
      .max(LIMITS.deadlineMsMax)
      .default(LIMITS.deadlineMsMax),
  })
  .meta({ id: "DeleteDocumentQuery" });

export const DeleteDocumentsRequest = z
  .strictObject({
    collection: CollectionName,
    ids: z.array(DocumentId).min(1).max(LIMITS.documentsPerRequestMax),
    waitFor: WaitFor.default("primary"),
    deadlineMs: z
      .int()
      .min(LIMITS.deadlineMsMin)
      .max(LIMITS.deadlineMsMax)
      .default(LIMITS.deadlineMsMax),
  })
  .meta({ id: "DeleteDocumentsRequest" });

export const GetDocumentsRequest = z
  .strictObject({
    collection: CollectionName,
    ids: z.array(DocumentId).min(1).max(LIMITS.pageMax),
    ...freshness,
  })
  .meta({ id: "GetDocumentsRequest" });

export const CountDocumentsRequest = z
  .strictObject({ collection: CollectionName, filter: WireFilter.optional(), ...freshness })
  .meta({ id: "CountDocumentsRequest" });

export const CountReply = z
  .strictObject({
    count: z.int().min(0),
    servedPosition: z.int().min(0),
    region: z.string(),
    requestId: z.string(),
  })
  .meta({ id: "CountReply" });

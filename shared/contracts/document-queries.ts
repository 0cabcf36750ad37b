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

/** Query parameters of PATCH /v1/documents/{id}. */
export const PatchDocumentQuery = DeleteDocumentQuery.meta({ id: "PatchDocumentQuery" });

export const PatchDocumentRequest = z
  .strictObject({
    metadata: z
      .record(z.string().min(1).max(64), z.json())
      .describe("A merge patch (RFC 7396): members replace or are added, null removes"),
    ifPosition: z.int().min(0).optional().describe("Only where the document is at this position"),
  })
  .meta({ id: "PatchDocumentRequest" });

export const DeleteDocumentsRequest = z
  .strictObject({
    collection: CollectionName,
    ids: z.array(DocumentId).min(1).max(LIMITS.documentsPerRequestMax).optional(),
    filter: WireFilter.optional().describe(
      `Deletes what it finds, at most ${LIMITS.deletedAtOnceMax} documents: \`more\` says whether there are more`,
    ),
    dryRun: z.boolean().default(false).describe("With a filter: only count what it finds"),
    waitFor: WaitFor.default("primary"),
    deadlineMs: z
      .int()
      .min(LIMITS.deadlineMsMin)
      .max(LIMITS.deadlineMsMax)
      .default(LIMITS.deadlineMsMax),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
    message: "either ids or a filter",
  })
  .refine(({ filter }) => filter === undefined || Object.keys(filter).length > 0, {
    path: ["filter"],
    message: "an empty filter would delete every document",
  })
  .refine(({ filter, dryRun }) => filter !== undefined || !dryRun, {
    path: ["dryRun"],
    message: "only with a filter",
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

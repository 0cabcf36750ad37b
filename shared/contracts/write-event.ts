import { z } from "zod";
import { AliasView } from "./alias.ts";
import { Point } from "./checkpoint.ts";
import { CollectionName, CollectionRecord, CreateCollectionRequest } from "./collection.ts";
import { DocumentId, DocumentInput, WaitFor } from "./document.ts";
import { WireFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";
import { envelope, failed, tookMs } from "./region-event.ts";
import { ReshardRequest } from "./shard-map.ts";
import { RestoreRequest, SnapshotId, SnapshotJobView } from "./snapshot.ts";
import { ChangeSpacesRequest } from "./space.ts";

/** Every write of a region. */
export const WriteEvent = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("create"), ...envelope, definition: CreateCollectionRequest }),
  z.strictObject({
    op: z.literal("reshard"),
    ...envelope,
    collection: z.string(),
    request: ReshardRequest,
    /** Version of the map that every region had a moment ago: nothing is changed where another one is wanted by now. */
    from: z.int().min(1),
  }),
  z.strictObject({
    op: z.literal("change-spaces"),
    ...envelope,
    collection: z.string(),
    request: ChangeSpacesRequest,
    /** As of `reshard`. */
    from: z.int().min(1),
  }),
  z.strictObject({
    op: z.literal("promote"),
    ...envelope,
    collection: z.string(),
    /** Only where nothing that a region holds would be lost by it. */
    planned: z.boolean(),
  }),
  z.strictObject({
    op: z.literal("put-alias"),
    ...envelope,
    alias: CollectionName,
    collection: CollectionName,
  }),
  z.strictObject({ op: z.literal("delete-alias"), ...envelope, alias: CollectionName }),
  z.strictObject({ op: z.literal("delete-collection"), ...envelope, collection: z.string() }),
  z.strictObject({
    op: z.literal("put"),
    ...envelope,
    collection: z.string(),
    idempotencyKey: z.string(),
    documents: z.array(DocumentInput).min(1).max(LIMITS.documentsPerRequestMax),
    waitFor: WaitFor,
  }),
  z.strictObject({
    op: z.literal("delete"),
    ...envelope,
    collection: z.string(),
    idempotencyKey: z.string(),
    ids: z.array(DocumentId).min(1).max(LIMITS.documentsPerRequestMax),
    waitFor: WaitFor,
  }),
  z.strictObject({
    op: z.literal("delete-found"),
    ...envelope,
    collection: z.string(),
    idempotencyKey: z.string(),
    filter: WireFilter,
    waitFor: WaitFor,
  }),
  z.strictObject({
    op: z.literal("patch"),
    ...envelope,
    collection: z.string(),
    idempotencyKey: z.string(),
    id: DocumentId,
    /** Of the metadata, as RFC 7396 has it. */
    patch: z.record(z.string(), z.json()),
    ifPosition: z.int().min(0).optional(),
    waitFor: WaitFor,
  }),
  z.strictObject({ op: z.literal("snapshot"), ...envelope, collection: z.string() }),
  z.strictObject({ op: z.literal("restore"), ...envelope, request: RestoreRequest }),
  z.strictObject({ op: z.literal("delete-snapshot"), ...envelope, snapshot: SnapshotId }),
]);
export type WriteEvent = z.output<typeof WriteEvent>;

export const WrittenResult = z.strictObject({
  kind: z.literal("written"),
  tookMs,
  region: z.string(),
  incarnation: z.string(),
  /** Point of the request's last entry. */
  point: Point,
  ids: z.array(z.string()),
  applied: z.boolean(),
  /** A deletion by filter that took as many as it may, and left some. */
  more: z.boolean().optional(),
  regions: z.array(z.string()),
  /** Numbers of the documents that were not at the position that they were written for: they are as they were. */
  refused: z.array(z.int()),
  repeated: z.boolean(),
});
export type WrittenResult = z.output<typeof WrittenResult>;
export const CreatedResult = z.strictObject({
  kind: z.literal("created"),
  tookMs,
  region: z.string(),
  record: CollectionRecord,
});

/** The shard maps that the collection has from now on, the last with its spaces. */
export const ReshardedResult = z.strictObject({
  kind: z.literal("resharded"),
  tookMs,
  region: z.string(),
  record: CollectionRecord,
});

/** Another region accepts this collection's writes, in that term: nothing was done. */
export const NotPrimaryResult = z.strictObject({
  kind: z.literal("not-primary"),
  tookMs,
  region: z.string(),
  primary: z.string(),
  term: z.int(),
  incarnation: z.string(),
});
export type NotPrimaryResult = z.output<typeof NotPrimaryResult>;

/** The region that answers accepts the collection's writes from now on. */
export const PromotedResult = z.strictObject({
  kind: z.literal("promoted"),
  tookMs,
  region: z.string(),
  record: CollectionRecord,
  /** The primary before. */
  from: z.string(),
  /** Entries that a region holds and the log has not any more. */
  lost: z.int().min(0),
});
export type PromotedResult = z.output<typeof PromotedResult>;

/** The collection is no more: its log is sealed, and its name is free. */
export const CollectionDeletedResult = z.strictObject({
  kind: z.literal("collection-deleted"),
  tookMs,
  region: z.string(),
  incarnation: z.string(),
  /** Of the seal. */
  point: Point,
  /** That show it no more. */
  regions: z.array(z.string()),
  /** That somebody asked for: they stay. */
  snapshots: z.int().min(0),
});

/** What the alias names from now on. */
export const AliasResult = z.strictObject({
  kind: z.literal("alias"),
  tookMs,
  region: z.string(),
  alias: AliasView,
});

export const AliasDeletedResult = z.strictObject({
  kind: z.literal("alias-deleted"),
  tookMs,
  region: z.string(),
});

/** Work that was taken on. */
export const JobResult = z.strictObject({
  kind: z.literal("job"),
  tookMs,
  region: z.string(),
  job: SnapshotJobView,
});

export const SnapshotDeletedResult = z.strictObject({
  kind: z.literal("snapshot-deleted"),
  tookMs,
  region: z.string(),
});

export const WriteResult = z.discriminatedUnion("kind", [
  JobResult,
  SnapshotDeletedResult,
  CollectionDeletedResult,
  AliasResult,
  AliasDeletedResult,
  WrittenResult,
  CreatedResult,
  ReshardedResult,
  NotPrimaryResult,
  PromotedResult,
  failed,
]);
export type WriteResult = z.output<typeof WriteResult>;

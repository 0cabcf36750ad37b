import { z } from "zod";
import { CallerContext } from "./caller.ts";
import { LogTime, Point } from "./checkpoint.ts";
import { ContentPartEvent } from "./content-part.ts";
import { Reconciled } from "./reconciled.ts";
import { LaidOutCollection } from "./collection.ts";
import { DocumentId, Metadata, StoredMedia } from "./document.ts";
import { WireFilter } from "./filter.ts";
import { KnownAnswer } from "./known-answer.ts";
import { LIMITS } from "./limits.ts";
import { ProblemBody } from "./problems.ts";
import { HitExplanation, PlanExplanation } from "./explain.ts";
import { CoveragePolicy, RegionQuery } from "./query.ts";
import { ReplicaLag } from "./replica-lag.ts";
import { RegionParts } from "./region-parts.ts";
import { Resharding, ShardMap } from "./shard-map.ts";
import { RegionContent, SnapshotJobView, SnapshotView } from "./snapshot.ts";
import { Consistency, Coverage, ExactReport, HitPassage, RerankReport } from "./retrieve.ts";

/** Of every event that a caller waits for. */
export const envelope = {
  requestId: z.string(),
  traceparent: z.string(),
  context: CallerContext,
  /** Time left for this call, ms, as the edge saw it when it sent. */
  deadlineMs: z.int().min(1).max(LIMITS.deadlineMsMax),
};

/** How fresh a read has to be. `token`: the caller's `nearfield-position`, which must be covered. */
export const Freshness = z.strictObject({
  consistency: Consistency,
  maxStalenessMs: z.int().min(0),
  token: z.string().nullable(),
});
export type Freshness = z.output<typeof Freshness>;

const read = { ...envelope, collection: z.string(), freshness: Freshness };

export const RetrieveEvent = z.strictObject({
  op: z.literal("retrieve"),
  ...read,
  ...RegionQuery.shape,
  coverage: CoveragePolicy,
  /** An answer to the same query that the edge holds: then it is asked for a second time at least. */
  known: KnownAnswer.nullable(),
});
export type RetrieveEvent = z.output<typeof RetrieveEvent>;

export const GetEvent = z.strictObject({
  op: z.literal("get"),
  ...read,
  ids: z.array(DocumentId).min(1).max(LIMITS.pageMax),
});
export const ListEvent = z.strictObject({
  op: z.literal("list"),
  ...read,
  filter: WireFilter.nullable(),
  /** List after this id; null from the start. */
  after: z.string().nullable(),
  limit: z.int().min(1).max(LIMITS.pageMax),
});
export const CountEvent = z.strictObject({
  op: z.literal("count"),
  ...read,
  filter: WireFilter.nullable(),
});
export const CollectionsEvent = z.strictObject({
  op: z.literal("collections"),
  ...envelope,
  name: z.string().nullable(),
  /** Of a name: as the log has it now, or `log-unavailable`; else what the region knows will do. */
  fresh: z.boolean().default(false),
});
/** Bytes of a picture or of its thumbnail. The edge has checked the path's signature. */
export const MediaEvent = z.strictObject({
  op: z.literal("media"),
  ...envelope,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  rendition: z.enum(["original", "thumbnail"]),
});
export const StatusEvent = z.strictObject({ op: z.literal("status"), ...envelope });
/** Snapshots that there are, of one collection or of all, and the work on them that was asked for. */
export const SnapshotsEvent = z.strictObject({
  op: z.literal("snapshots"),
  ...envelope,
  collection: z.string().nullable(),
});
/** Reads all that the region shows of a collection, for one number of it. */
export const ContentEvent = z.strictObject({
  op: z.literal("content"),
  ...envelope,
  collection: z.string(),
});

export const SearchEvent = z.discriminatedUnion("op", [
  RetrieveEvent,
  GetEvent,
  ListEvent,
  CountEvent,
  CollectionsEvent,
  MediaEvent,
  StatusEvent,
  SnapshotsEvent,
  ContentEvent,
]);
export type SearchEvent = z.output<typeof SearchEvent>;

/** Time that the function itself took, ms: what is left of a call's time is the way. */
export const tookMs = z.number().min(0).optional();

/** Where a read was served: enough for the edge to label it now, and to know later whether it is still fresh enough. */
export const Served = z.strictObject({
  region: z.string(),
  incarnation: z.string(),
  /** Version of the shard map that was read: by another one spaces may count otherwise, and be found otherwise. */
  map: z.int().min(1),
  point: Point,
  /** Log time at which the region was known to be level with the log. */
  confirmed: LogTime.nullable(),
  /** The log's time now, an upper bound by the region's reckoning, and the log's time at the reading behind it. */
  now: LogTime.extend({ readMs: z.int().min(0).optional() }).nullable(),
});
export type Served = z.output<typeof Served>;

/** A hit before the edge signs its media paths. */
export const RegionHit = z.strictObject({
  id: z.string(),
  score: z.number(),
  title: z.string().optional(),
  passage: HitPassage.optional(),
  metadata: Metadata.optional(),
  media: StoredMedia.optional(),
  matchedBy: z.array(z.string()),
  folded: z.array(z.string()).optional(),
  explain: HitExplanation.optional(),
});
export type RegionHit = z.output<typeof RegionHit>;

export const RetrieveResult = z.strictObject({
  kind: z.literal("answer"),
  tookMs,
  served: Served,
  ...KnownAnswer.pick({ entryId: true, watch: true }).shape,
  hits: z.array(RegionHit),
  coverage: Coverage,
  rerank: RerankReport.optional(),
  exact: ExactReport.optional(),
  explain: PlanExplanation.optional(),
  timings: z.record(z.string(), z.number()),
});
export type RetrieveResult = z.output<typeof RetrieveResult>;

/** The answer that the edge holds is still the answer. */
export const UnchangedResult = z.strictObject({
  kind: z.literal("unchanged"),
  tookMs,
  served: Served,
});
export type UnchangedResult = z.output<typeof UnchangedResult>;

export const RegionDocument = z.strictObject({
  id: z.string(),
  title: z.string().optional(),
  text: z.string().optional(),
  metadata: Metadata.optional(),
  media: StoredMedia.optional(),
  position: z.int(),
});
export type RegionDocument = z.output<typeof RegionDocument>;

export const DocumentsResult = z.strictObject({
  kind: z.literal("documents"),
  tookMs,
  served: Served,
  documents: z.array(RegionDocument),
  /** Last id of a full page. */
  next: z.string().nullable(),
});
export const CountResult = z.strictObject({
  kind: z.literal("count"),
  tookMs,
  served: Served,
  count: z.int(),
});

/** How far a collection's copy in one region is. */
export const ReplicaStatus = z.strictObject({
  collection: LaidOutCollection,
  point: Point.nullable(),
  documents: z.int().nullable(),
  stalenessMs: z.int().nullable(),
  /** The one that it is read by. */
  shardMap: ShardMap,
  resharding: Resharding.nullable(),
  /** Spaces that are not searched here yet. */
  unfilled: z.array(z.string()),
  /** Null where nothing was applied lately, and where it was not asked for. */
  lag: ReplicaLag.nullable(),
  /** Null in the primary, and where it was not compared yet. */
  reconciled: Reconciled.nullable().default(null),
});
export type ReplicaStatus = z.output<typeof ReplicaStatus>;
export const CollectionsResult = z.strictObject({
  kind: z.literal("collections"),
  tookMs,
  region: z.string(),
  collections: z.array(ReplicaStatus),
});
export const MediaResult = z.strictObject({
  kind: z.literal("media"),
  tookMs,
  type: z.string(),
  base64: z.string(),
});
export const StatusResult = z.strictObject({
  kind: z.literal("status"),
  tookMs,
  region: z.string(),
  parts: RegionParts,
  collections: z.array(ReplicaStatus),
});

export const SnapshotsResult = z.strictObject({
  kind: z.literal("snapshots"),
  tookMs,
  region: z.string(),
  snapshots: z.array(SnapshotView),
  jobs: z.array(SnapshotJobView),
});
export const ContentResult = z.strictObject({
  kind: z.literal("content"),
  tookMs,
  ...RegionContent.shape,
});

/** Collections of one `look`. */
export const LOOK_MAX = 100;

const NamedCollection = z.strictObject({
  tenant: z.string(),
  name: z.string(),
  incarnation: z.string(),
});

/** Catch up: one collection that was just written (a ring), or all (the sweep). Asynchronous, so without caller or deadline. */
export const ReplicateEvent = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("ring"),
    incarnation: z.string(),
    tenant: z.string(),
    name: z.string(),
    point: Point,
  }),
  z.strictObject({ op: z.literal("sweep") }),
  /** Look whether the log or a primary region has failed, and promote where it has. */
  z.strictObject({ op: z.literal("failover") }),
  /** Say how far these collections are here, and which regions were heard of lately. Only the other regions ask. */
  z.strictObject({ op: z.literal("look"), collections: z.array(NamedCollection).max(LOOK_MAX) }),
  ContentPartEvent,
]);
export type ReplicateEvent = z.output<typeof ReplicateEvent>;

/** What a region says of itself to the others, in the order asked. */
export const LookResult = z.strictObject({
  region: z.string(),
  /** Null where it holds nothing, or can't say. */
  held: z.array(Point.nullable()),
  /** By region: ms since it was heard of last; null: never, by this process. */
  silentMs: z.record(z.string(), z.number().nullable()),
});
export type LookResult = z.output<typeof LookResult>;

/** A written answer is asked for as a retrieval; the function streams RagEvents as server-sent events. */
export const AnswerEvent = z.strictObject({ ...RetrieveEvent.shape, op: z.literal("answer") });
export type AnswerEvent = z.output<typeof AnswerEvent>;

export const failed = z.strictObject({ kind: z.literal("problem"), problem: ProblemBody });

export const SearchResult = z.discriminatedUnion("kind", [
  RetrieveResult,
  UnchangedResult,
  DocumentsResult,
  CountResult,
  CollectionsResult,
  MediaResult,
  StatusResult,
  SnapshotsResult,
  ContentResult,
  failed,
]);
export type SearchResult = z.output<typeof SearchResult>;

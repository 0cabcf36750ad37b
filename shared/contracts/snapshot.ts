import { z } from "zod";
import { Checkpoint, Point } from "./checkpoint.ts";
import { CollectionName, CollectionRecord } from "./collection.ts";
import { LIMITS } from "./limits.ts";
import { ShardMap } from "./shard-map.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `<incarnation>-<position>-<random>`: of one collection they sort by position. */
export const SnapshotId = z
  .string()
  .regex(/^[a-z0-9]{12}-\d{15}-[a-z0-9]{8}$/, "an id as GET /v1/snapshots lists them")
  .meta({ id: "SnapshotId" });

/** A document as a part holds it, one a line: with its vectors and all that a store keeps of it, so that nothing is made anew. */
export const SnapshotDocument = z.strictObject({
  id: z.string(),
  position: z.int().min(0),
  rows: z
    .array(
      z.strictObject({
        passage: z.int().min(0),
        body: z.string(),
        fields: z.record(
          z.string(),
          z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
        ),
        /** Base64 of little-endian float32. */
        vectors: z.record(z.string(), z.string().nullable()),
      }),
    )
    .min(1),
});
export type SnapshotDocument = z.output<typeof SnapshotDocument>;

export const SnapshotPart = z.strictObject({
  bytes: z.int().min(1),
  documents: z.int().min(1),
  sha256: Sha256,
});
export type SnapshotPart = z.output<typeof SnapshotPart>;

/** What a snapshot is, written once all its parts are stored. */
export const SnapshotManifest = z.strictObject({
  v: z.literal(1),
  id: SnapshotId,
  /** By schedule or for a region that needs it, and removed when there are newer ones; or because somebody asked. */
  kind: z.enum(["scheduled", "asked"]),
  madeMs: z.int(),
  region: z.string(),
  record: CollectionRecord,
  /** By which the documents lay, and whose spaces their vectors are of. */
  map: ShardMap,
  state: Checkpoint.pick({
    point: true,
    line: true,
    schema: true,
    unfilled: true,
    verdicts: true,
  }),
  documents: z.int().min(0),
  /** Of all parts. */
  bytes: z.int().min(0),
  /** Of the documents as parts hold them, in whatever order: a `ContentDigest` of the lines. */
  digest: Sha256,
  /** What had been appended to the log, in bytes, when it was begun: what is there since is the tail. */
  logBytes: z.int().min(0),
  parts: z.array(SnapshotPart).max(LIMITS.snapshotPartsMax),
});
export type SnapshotManifest = z.output<typeof SnapshotManifest>;

/** A manifest as it is stored. */
export const StoredManifest = z.strictObject({ manifest: z.unknown(), sha256: Sha256 });

/** Written behind a manifest once all of it was read back; without it a snapshot does not count. */
export const SnapshotVerdict = z.strictObject({
  manifest: Sha256,
  region: z.string(),
  atMs: z.int(),
});
export type SnapshotVerdict = z.output<typeof SnapshotVerdict>;

/** A part that is missing, cut short or altered; `manifest` is one too. */
export const DamagedPart = z.strictObject({ snapshot: SnapshotId, part: z.string() });
export type DamagedPart = z.output<typeof DamagedPart>;

/** Work on a snapshot that the log's keeper lists until it is done, and for an hour behind. */
export const SnapshotJob = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  /** That took it on: a restored collection has its primary there. */
  region: z.string(),
  askedMs: z.int(),
  work: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("snapshot"),
      collection: z.string(),
      incarnation: z.string(),
      /** Only who has applied the log up to here can make it. */
      atLeast: z.int().min(0),
      /** For a region that can't go on without; else somebody asked. */
      forResync: z.boolean(),
      /** The region whose copy it is to make good. */
      notBy: z.string().optional(),
    }),
    z.strictObject({
      kind: z.literal("restore"),
      snapshot: SnapshotId,
      into: CollectionName,
      /** Null: as the snapshot has it. */
      at: z.int().min(0).nullable(),
    }),
  ]),
  state: z.enum(["waiting", "running", "done", "failed"]),
  /** Of the last change, by the wall clock of who made it. */
  changedMs: z.int(),
  documents: z.int().min(0),
  total: z.int().min(0).nullable(),
  /** The snapshot that was made, or that was restored. */
  snapshot: SnapshotId.nullable(),
  damaged: z.array(DamagedPart),
  position: z.int().nullable(),
  digest: Sha256.nullable(),
  tookMs: z.int().nullable(),
  error: z.string().nullable(),
});
export type SnapshotJob = z.output<typeof SnapshotJob>;

/** POST /v1/snapshots */
export const SnapshotRequest = z
  .strictObject({ collection: CollectionName })
  .meta({ id: "SnapshotRequest" });
export type SnapshotRequest = z.output<typeof SnapshotRequest>;

/** POST /v1/snapshots/restore */
export const RestoreRequest = z
  .strictObject({
    snapshot: SnapshotId,
    into: CollectionName.describe("A name that is free: nothing that is there is touched"),
    at: z
      .int()
      .min(0)
      .optional()
      .describe(
        "Position to restore to: the snapshot's or a later one, as far as the log still has it",
      ),
  })
  .meta({ id: "RestoreRequest" });
export type RestoreRequest = z.output<typeof RestoreRequest>;

/** A snapshot as callers see it. */
export const SnapshotView = z
  .strictObject({
    id: SnapshotId,
    collection: z.string(),
    incarnation: z.string(),
    kind: SnapshotManifest.shape.kind,
    madeMs: z.int().describe("Milliseconds since 1970"),
    region: z.string(),
    point: Point,
    schemaVersion: z.int(),
    documents: z.int(),
    bytes: z.int(),
    parts: z.int(),
    digest: Sha256,
    verified: z
      .boolean()
      .describe("Read back whole; one that is not is never restored or trimmed behind"),
  })
  .meta({ id: "Snapshot" });
export type SnapshotView = z.output<typeof SnapshotView>;

export const SnapshotJobView = SnapshotJob.omit({ tenant: true, changedMs: true }).meta({
  id: "SnapshotJob",
});
export type SnapshotJobView = z.output<typeof SnapshotJobView>;

export const SnapshotsReply = z
  .strictObject({
    snapshots: z.array(SnapshotView),
    jobs: z.array(SnapshotJobView),
    region: z.string(),
    requestId: z.string(),
  })
  .meta({ id: "SnapshotsReply" });
export type SnapshotsReply = z.output<typeof SnapshotsReply>;

/** Work that was taken on; GET /v1/snapshots tells how far it is. */
export const SnapshotJobReply = z
  .strictObject({ job: SnapshotJobView, requestId: z.string() })
  .meta({ id: "SnapshotJobReply" });
export type SnapshotJobReply = z.output<typeof SnapshotJobReply>;

/** All that a region shows of a collection at a point, in one number: equal points and schema versions, equal digests. */
export const RegionContent = z
  .strictObject({
    region: z.string(),
    point: Point,
    schemaVersion: z
      .int()
      .describe("Of the shards that were read: vectors of other spaces make another digest"),
    documents: z.int().min(0),
    digest: Sha256,
  })
  .meta({ id: "RegionContent" });
export type RegionContent = z.output<typeof RegionContent>;

/** GET /v1/collections/{name}/digest */
export const ContentReply = z
  .strictObject({
    collection: z.string(),
    regions: z.array(RegionContent),
    unreachable: z.array(z.string()).describe("Regions that could not read all of it in time"),
    agree: z
      .boolean()
      .describe("Whether all regions that stand at one point and schema version have one digest"),
    requestId: z.string(),
  })
  .meta({ id: "ContentReply" });
export type ContentReply = z.output<typeof ContentReply>;

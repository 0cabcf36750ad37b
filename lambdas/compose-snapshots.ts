import type { Redis } from "@upstash/redis";
import type { Random } from "../shared/std/random.ts";
import { UpstashLeases } from "./adapters/upstash-leases.ts";
import { UpstashLogSeeder } from "./adapters/upstash-log-seeder.ts";
import { UpstashLogUpkeep } from "./adapters/upstash-log-upkeep.ts";
import { UpstashResyncNotes } from "./adapters/upstash-resync-notes.ts";
import { UpstashSnapshotJobs } from "./adapters/upstash-snapshot-jobs.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { DataScrub } from "./ports/data-scrub.ts";
import type { Leases } from "./ports/leases.ts";
import type { LogUpkeep } from "./ports/log-upkeep.ts";
import type { ResyncNotes } from "./ports/resync-notes.ts";
import type { Segments } from "./ports/segments.ts";
import type { SnapshotJobs } from "./ports/snapshot-jobs.ts";
import type { WatchList } from "./ports/watch-list.ts";
import type { Applier, ApplierDeps } from "./replicate/applier.ts";
import { Resyncer, type ResyncerDeps } from "./resync/resyncer.ts";
import { wishForSnapshot } from "./resync/wish-for-snapshot.ts";
import { SegmentKeeper } from "./segments/segment-keeper.ts";
import { ContentReader } from "./snapshot/content.ts";
import { JobRunner } from "./snapshot/job-runner.ts";
import { Restorer } from "./snapshot/restorer.ts";
import { SnapshotKeeper } from "./snapshot/snapshot-keeper.ts";
import { SnapshotLibrary } from "./snapshot/snapshot-library.ts";
import { Snapshotter } from "./snapshot/snapshotter.ts";

/** What snapshots, resyncs and restores are made of. */
export interface Snapshots {
  readonly upkeep: LogUpkeep;
  /** Beside the log: one holder among all regions. */
  readonly leases: Leases;
  readonly notes: ResyncNotes;
  readonly jobs: SnapshotJobs;
  readonly library: SnapshotLibrary;
  readonly content: ContentReader;
  readonly snapshotter: Snapshotter;
  readonly restorer: Restorer;
  readonly resyncer: Resyncer;
  readonly keeper: SnapshotKeeper;
  readonly segmentKeeper: SegmentKeeper;
  readonly runner: JobRunner;
}

export interface SnapshotParts {
  readonly region: string;
  /** The region's own. */
  readonly redis: Redis;
  readonly logRedis: Redis;
  readonly blobs: BlobStore;
  /** Null where the store keeps its files to itself. */
  readonly scrub: DataScrub | null;
  readonly segments: Segments;
  /** Null where no answers are watched. */
  readonly watch: Pick<WatchList, "end"> | null;
  readonly apply: ApplierDeps;
  readonly keepLost: ResyncerDeps["keepLost"];
  readonly newId: () => string;
  readonly random: Random;
  readonly applier: Applier;
  readonly report: (event: string, details: Readonly<Record<string, unknown>>) => void;
}

export function openSnapshots(parts: SnapshotParts): Snapshots {
  const { region, redis, logRedis, blobs, segments, watch, apply, applier, random } = parts;
  const { report, scrub } = parts;
  const { clock, sleep, log, store, placements } = apply;
  const upkeep = new UpstashLogUpkeep(logRedis);
  const notes = new UpstashResyncNotes(redis);
  const jobs = new UpstashSnapshotJobs(logRedis);
  const library = new SnapshotLibrary(blobs);
  const content = new ContentReader(store, placements);
  const shared = { region, log, upkeep, store, placements, applier, library, clock, sleep, jobs };
  const snapshotter = new Snapshotter({ ...shared, random, scrub });
  const seeder = new UpstashLogSeeder(logRedis, segments);
  const restorer = new Restorer({ ...shared, seeder, random });
  const onDamaged = (collection: string, error: unknown) =>
    report("snapshot-damaged", { collection, error });
  const onLostTail = (collection: string, position: number) =>
    report("log-lost", { collection, position });
  const resyncer = new Resyncer({
    ...apply,
    region,
    applier,
    library,
    notes,
    watch,
    keepLost: parts.keepLost,
    wish: (record, atLeast, cause, signal) =>
      wishForSnapshot({ ...shared, onLostTail }, record, atLeast, cause, signal),
    onDamaged,
    onResynced: (collection, from, to) => report("resynced", { collection, from, to }),
  });
  const leases = new UpstashLeases(logRedis, parts.newId);
  const segmentKeeper = new SegmentKeeper({ region, upkeep, segments, leases, clock, sleep });
  return {
    upkeep,
    leases,
    notes,
    jobs,
    library,
    content,
    snapshotter,
    restorer,
    resyncer,
    keeper: new SnapshotKeeper({ ...shared, snapshotter, leases, onDamaged }),
    segmentKeeper,
    runner: new JobRunner({
      ...shared,
      leases,
      snapshotter,
      content,
      restorer,
      resync: (record, signal) => resyncer.resync(record, signal),
      onFailure: ({ id }, error) => report("snapshot-job-failed", { job: id, error }),
    }),
  };
}

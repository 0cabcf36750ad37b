import { randomUUID } from "node:crypto";
import type { Caller, CallerContext, Scope } from "../shared/contracts/caller.ts";
import { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock, Sleep } from "../shared/std/clock.ts";
import { ExtractiveGenerator } from "./adapters/extractive-generator.ts";
import { HttpEmbedder } from "./adapters/http-embedder.ts";
import { openRoom } from "./adapters/open-room.ts";
import { openStore } from "./adapters/open-store.ts";
import { systemClock } from "./adapters/system-clock.ts";
import type { UpstashLog } from "./adapters/upstash-log.ts";
import type { UpstashRegionCache } from "./adapters/upstash-region-cache.ts";
import type { AnswerDeps } from "./answer/answer.ts";
import { Catalog } from "./catalog/catalog.ts";
import type { Placements } from "./catalog/placements.ts";
import { openApplying } from "./compose-applying.ts";
import { openBell } from "./compose-functions.ts";
import { openPromoting, type Promoting } from "./compose-promote.ts";
import { probe } from "./compose-probe.ts";
import { report } from "./compose-report.ts";
import { openChecks, openScrub, PART_DOCUMENTS, type Checks } from "./compose-checks.ts";
import { openSnapshots, type Snapshots } from "./compose-snapshots.ts";
import type { Admission } from "./door/admission.ts";
import { admit } from "./door/admit.ts";
import { SpaceFiller } from "./fill/space-filler.ts";
import { Reader } from "./freshness/reader.ts";
import { Maintainer } from "./maintain/maintainer.ts";
import type { Bell } from "./ports/bell.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { StoreRoom } from "./ports/store-room.ts";
import type { VectorStore } from "./ports/store.ts";
import type { LookDeps } from "./promote/answer-look.ts";
import type { Failover } from "./promote/failover.ts";
import type { PromoteDeps } from "./promote/promote-collection.ts";
import type { AnswerContentDeps } from "./reconcile/answer-content.ts";
import type { Applier } from "./replicate/applier.ts";
import { LineBroken } from "./replicate/judge.ts";
import { Resharder } from "./replicate/resharder.ts";
import { Replicator } from "./replicate/replicate.ts";
import { Centroids } from "./search/centroids.ts";
import type { SearchDeps } from "./search/search.ts";
import type { Registrar } from "./watch/registrar.ts";
import type { AskDeps } from "./snapshot/ask-for-job.ts";
import type { DeleteDeps } from "./snapshot/delete-snapshot.ts";
import type { WriteDeps } from "./write/write.ts";

/** What every function of a region is made of. */
interface Region {
  readonly env: RegionEnv;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly store: VectorStore;
  readonly room: StoreRoom;
  readonly log: UpstashLog;
  readonly cache: UpstashRegionCache;
  readonly embedder: HttpEmbedder;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly resharder: Resharder;
  readonly filler: SpaceFiller;
  readonly snapshots: Snapshots;
  readonly checks: Checks;
  readonly bell: Bell;
  readonly reader: Reader;
  readonly centroids: Centroids;
  readonly registrar: Registrar;
  readonly promoting: Promoting;
  readonly admit: (context: CallerContext, scope: Scope) => Caller;
  /** One for all reads of the process: they share its store and its embedder. */
  readonly admission: Admission;
  readonly writeAdmission: Admission;
}

/** Of a change of shards: larger pages are fewer commits, each of which costs as much as copying a hundred documents. */
const PAGE_DOCUMENTS = 500;

/** One a process: a container is reused, and the twin runs all functions of a region in one. */
let opened: Promise<Region> | null = null;

export async function composeSearch(): Promise<SearchDeps & Pick<Region, "admit" | "admission">> {
  const region = await openRegion();
  return {
    ...readDeps(region),
    region: region.env.NEARFIELD_REGION,
    catalog: region.catalog,
    placements: region.placements,
    blobs: region.blobs,
    probe: probeOf(region),
    room: region.room,
    library: region.snapshots.library,
    jobs: region.snapshots.jobs,
    content: region.snapshots.content,
    admit: region.admit,
    admission: region.admission,
  };
}

export async function composeAnswer(): Promise<
  AnswerDeps & Pick<Region, "catalog" | "admit" | "admission">
> {
  const region = await openRegion();
  return {
    ...readDeps(region),
    catalog: region.catalog,
    generator: new ExtractiveGenerator(region.embedder),
    admit: region.admit,
    admission: region.admission,
  };
}

export async function composeWrite(): Promise<
  WriteDeps & PromoteDeps & AskDeps & DeleteDeps & Pick<Region, "admit" | "writeAdmission">
> {
  const region = await openRegion();
  const { jobs, library, upkeep, leases } = region.snapshots;
  const { env, catalog, placements, log, applier, store, bell, cache, embedder, blobs } = region;
  return {
    room: region.room,
    region: env.NEARFIELD_REGION,
    catalog,
    placements,
    log,
    applier,
    store,
    bell,
    embedder,
    cache,
    blobs,
    promoter: region.promoting.promoter,
    random: Math.random,
    clock: region.clock,
    jobs,
    library,
    upkeep,
    leases,
    sleep: region.sleep,
    admit: region.admit,
    writeAdmission: region.writeAdmission,
  };
}

/** A shard reader: the store alone. */
export async function composeShard(): Promise<VectorStore> {
  const env = RegionEnv.parse(process.env);
  return openStore(env, openRoom(env, systemClock().monotonicMs));
}

export async function composeReplicate(): Promise<{
  readonly replicator: Replicator;
  readonly failover: Failover | null;
  readonly look: LookDeps;
  readonly content: AnswerContentDeps;
}> {
  const { env, clock, catalog, log, placements, applier, promoting, snapshots, store } =
    await openRegion();
  const { failover, silence } = promoting;
  const { upkeep, notes } = snapshots;
  return {
    replicator: new Replicator({
      region: env.NEARFIELD_REGION,
      upkeep,
      notes,
      nowMs: () => clock.monotonicMs(),
      catalog,
      log,
      placements,
      applier,
      onFailure: ({ name, incarnation }, error) => {
        report("replicate-failed", { collection: name, error });
        if (error instanceof LineBroken) failover?.suspect(incarnation);
      },
    }),
    failover,
    look: { region: env.NEARFIELD_REGION, catalog, placements, silence },
    content: {
      region: env.NEARFIELD_REGION,
      catalog,
      placements,
      applier,
      store,
      partDocuments: PART_DOCUMENTS,
    },
  };
}

export async function composeMaintain(): Promise<Maintainer> {
  const { catalog, log, applier, resharder, filler, snapshots, checks } = await openRegion();
  const { resyncer, notes, keeper, segmentKeeper, runner } = snapshots;
  return new Maintainer({
    ...checks,
    resyncer,
    notes,
    snapshots: keeper,
    segments: segmentKeeper,
    jobs: runner,
    catalog,
    log,
    applier,
    resharder,
    filler,
    onFailure: (collection, error) => report("maintain-failed", { collection, error }),
  });
}

function readDeps({ reader, embedder, cache, clock, centroids, registrar }: Region) {
  return {
    reader,
    embedder,
    reranker: embedder,
    centroids,
    registrar,
    cache,
    clock,
    onLegFailed: (collection: string, shard: number, error: unknown) =>
      report("leg-failed", { collection, shard, error }),
  };
}

function openRegion(): Promise<Region> {
  opened ??= wire(RegionEnv.parse(process.env));
  return opened;
}

async function wire(env: RegionEnv): Promise<Region> {
  const parts = await openApplying(env);
  const { clock, redis, logRedis, log, cache, store, readings, placements, watching } = parts;
  const { apply, applier, watched, room, blobs, segments } = parts;
  const embedder = new HttpEmbedder(env.NEARFIELD_EMBEDDER_URL, clock);
  const scrub = await openScrub(env, clock.wallMs);
  const bell = openBell(env);
  const catalog = new Catalog(log, cache, clock);
  const held = { env, clock, catalog, placements, applier, readings, store, blobs, bell };
  const promoting = await openPromoting({ ...held, redis: logRedis });
  const snapshots = openSnapshots({
    region: env.NEARFIELD_REGION,
    redis,
    logRedis,
    blobs,
    segments,
    apply,
    applier,
    scrub,
    report,
    newId: randomUUID,
    random: Math.random,
    watch: watched,
    keepLost: (record, point, end, signal) => promoting.exporter.keep(record, point, end, signal),
  });
  return {
    ...held,
    room,
    sleep: apply.sleep,
    snapshots,
    checks: openChecks(env, { ...apply, applier, cache, notes: snapshots.notes, scrub }),
    log,
    cache,
    embedder,
    resharder: new Resharder({ ...apply, applier, pageDocuments: PAGE_DOCUMENTS }),
    filler: new SpaceFiller({
      ...apply,
      region: env.NEARFIELD_REGION,
      applier,
      bell,
      room,
      cache,
      embedder,
      blobs,
      onSkipped: (collection, id, error) => report("vectors-not-made", { collection, id, error }),
    }),
    reader: new Reader({
      ...held,
      region: env.NEARFIELD_REGION,
      onUnavailable: (collection, error) => report("freshness-unavailable", { collection, error }),
    }),
    centroids: new Centroids(() => clock.monotonicMs()),
    registrar: watching.registrarFor(applier),
    promoting,
    admission: parts.admission,
    writeAdmission: parts.writeAdmission,
    admit: (context, scope) => admit(context, scope, env.NEARFIELD_CALLER_SECRET, clock.wallMs()),
  };
}

/** For /v1/status. */
function probeOf({ log, embedder, cache }: Region): SearchDeps["probe"] {
  const asks = {
    log: (signal: AbortSignal) => log.collections(signal),
    embedder: (signal: AbortSignal) => embedder.model("text", signal),
    redis: (signal: AbortSignal) => cache.ping(signal),
  };
  return (signal) => probe(asks, signal);
}

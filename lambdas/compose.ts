import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Caller, CallerContext, Scope } from "../shared/contracts/caller.ts";
import { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock, Sleep } from "../shared/std/clock.ts";
import { systemClock } from "./adapters/system-clock.ts";
import { ExtractiveGenerator } from "./adapters/extractive-generator.ts";
import { HttpEmbedder } from "./adapters/http-embedder.ts";
import { openStore } from "./adapters/open-store.ts";
import { createUpstashClient } from "./adapters/upstash-client.ts";
import { UpstashLeases } from "./adapters/upstash-leases.ts";
import { UpstashLog } from "./adapters/upstash-log.ts";
import { UpstashRegionCache } from "./adapters/upstash-region-cache.ts";
import { UpstashWatchList } from "./adapters/upstash-watch-list.ts";
import type { AnswerDeps } from "./answer/answer.ts";
import { Catalog } from "./catalog/catalog.ts";
import { Placements } from "./catalog/placements.ts";
import { openBlobs } from "./compose-blobs.ts";
import { openBell } from "./compose-functions.ts";
import { probe } from "./compose-probe.ts";
import { report } from "./compose-report.ts";
import { openSnapshots, type Snapshots } from "./compose-snapshots.ts";
import { openCopies } from "./compose-store.ts";
import { Admission } from "./door/admission.ts";
import { admit } from "./door/admit.ts";
import { SpaceFiller } from "./fill/space-filler.ts";
import { Readings } from "./freshness/readings.ts";
import { Reader } from "./freshness/reader.ts";
import { Maintainer } from "./maintain/maintainer.ts";
import type { Bell } from "./ports/bell.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { VectorStore } from "./ports/store.ts";
import { Applier, type ApplierDeps } from "./replicate/applier.ts";
import { Resharder } from "./replicate/resharder.ts";
import { Replicator } from "./replicate/replicate.ts";
import { Turns } from "./replicate/turns.ts";
import { Centroids } from "./search/centroids.ts";
import type { SearchDeps } from "./search/search.ts";
import { WatchKeeper } from "./watch/keeper.ts";
import { Registrar } from "./watch/registrar.ts";
import type { AskDeps } from "./snapshot/ask-for-job.ts";
import type { WriteDeps } from "./write/write.ts";

/** What every function of a region is made of. */
interface Region {
  readonly env: RegionEnv;
  readonly clock: Clock;
  readonly store: VectorStore;
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
  readonly bell: Bell;
  readonly reader: Reader;
  readonly centroids: Centroids;
  readonly registrar: Registrar;
  readonly admit: (context: CallerContext, scope: Scope) => Caller;
  /** One for all reads of the process: they share its store and its embedder. */
  readonly admission: Admission;
}

/** Lambda gives each call a process of its own; where one process serves a region, this much work keeps its answers in time. */
const UNDER_WAY_MAX = 48;

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
  WriteDeps & AskDeps & Pick<Snapshots, "upkeep"> & Pick<Region, "admit">
> {
  const region = await openRegion();
  const { jobs, library, upkeep } = region.snapshots;
  const { env, catalog, placements, log, applier, store, bell, cache, embedder, blobs } = region;
  return {
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
    random: Math.random,
    clock: region.clock,
    jobs,
    library,
    upkeep,
    admit: region.admit,
  };
}

/** A shard reader: the store alone. */
export async function composeShard(): Promise<VectorStore> {
  return openStore(RegionEnv.parse(process.env));
}

export async function composeReplicate(): Promise<Replicator> {
  const { env, clock, catalog, log, placements, applier, snapshots } = await openRegion();
  const { upkeep, notes } = snapshots;
  return new Replicator({
    region: env.NEARFIELD_REGION,
    upkeep,
    notes,
    nowMs: () => clock.monotonicMs(),
    catalog,
    log,
    placements,
    applier,
    onFailure: (collection, error) => report("replicate-failed", { collection, error }),
  });
}

export async function composeMaintain(): Promise<Maintainer> {
  const { catalog, log, applier, resharder, filler, snapshots } = await openRegion();
  const { resyncer, notes, keeper, runner } = snapshots;
  return new Maintainer({
    resyncer,
    notes,
    snapshots: keeper,
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
  const clock = systemClock();
  const redis = createUpstashClient(env.NEARFIELD_REDIS_URL, env.NEARFIELD_REDIS_TOKEN);
  const logRedis = createUpstashClient(env.NEARFIELD_LOG_URL, env.NEARFIELD_LOG_TOKEN);
  const log = new UpstashLog(logRedis);
  const cache = new UpstashRegionCache(redis, (error) => report("cache-failed", { error }));
  const embedder = new HttpEmbedder(env.NEARFIELD_EMBEDDER_URL, clock);
  const store = openCopies(env, await openStore(env), clock);
  const readings = new Readings(log, clock);
  const placements = new Placements(store);
  const watch = new UpstashWatchList(redis);
  const watching = openWatching(watch, log, clock, store.traits.snapshotReads);
  const admission = new Admission(UNDER_WAY_MAX, () => clock.monotonicMs());
  const sleep: Sleep = async (delayMs, signal) => delay(delayMs, undefined, { signal });
  const apply: ApplierDeps = {
    keeper: watching.keeper,
    log,
    store,
    placements,
    leases: new UpstashLeases(redis, randomUUID),
    clock,
    sleep,
    turns: new Turns({ clock, sleep, beingRead: () => admission.underWay > 0 }),
    onSample: (record, sample) => readings.keepSample(record.incarnation, sample),
  };
  const applier = new Applier(apply);
  const blobs = await openBlobs(env);
  const bell = openBell(env);
  const region = env.NEARFIELD_REGION;
  const shared = { region, redis, logRedis, blobs, apply, applier, report };
  return {
    snapshots: openSnapshots({ ...shared, watch: store.traits.snapshotReads ? watch : null }),
    env,
    clock,
    store,
    log,
    cache,
    embedder,
    blobs,
    bell,
    catalog: new Catalog(log, cache, clock),
    placements,
    applier,
    resharder: new Resharder({ ...apply, applier, pageDocuments: PAGE_DOCUMENTS }),
    filler: new SpaceFiller({
      ...apply,
      region: env.NEARFIELD_REGION,
      applier,
      bell,
      cache,
      embedder,
      blobs,
      onSkipped: (collection, id, error) => report("vectors-not-made", { collection, id, error }),
    }),
    reader: new Reader({
      region: env.NEARFIELD_REGION,
      store,
      placements,
      applier,
      readings,
      onUnavailable: (collection, error) => report("freshness-unavailable", { collection, error }),
    }),
    centroids: new Centroids(() => clock.monotonicMs()),
    registrar: watching.registrarFor(applier),
    admission,
    admit: (context, scope) => admit(context, scope, env.NEARFIELD_CALLER_SECRET, clock.wallMs()),
  };
}

/** The region's watch list: who keeps it, and who puts answers on it, which takes the keeper's run where there is no list yet. */
function openWatching(watch: UpstashWatchList, log: UpstashLog, clock: Clock, watches: boolean) {
  const onFailure = (collection: string, error: unknown) =>
    report("watch-failed", { collection, error });
  return {
    keeper: watches ? new WatchKeeper({ watch, log, newId: randomUUID, onFailure }) : null,
    registrarFor: (applier: Applier) =>
      new Registrar({
        watches,
        watch,
        beginList: (record, signal) => applier.catchUp(record, null, signal),
        nowMs: () => clock.monotonicMs(),
        newId: randomUUID,
        onFailure,
      }),
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

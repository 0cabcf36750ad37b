import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Caller, CallerContext, Scope } from "../shared/contracts/caller.ts";
import { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock, Sleep } from "../shared/std/clock.ts";
import { systemClock } from "./adapters/system-clock.ts";
import { ExtractiveGenerator } from "./adapters/extractive-generator.ts";
import { FolderBlobs } from "./adapters/folder-blobs.ts";
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
import { openBell } from "./compose-functions.ts";
import { openPromoting, type Promoting } from "./compose-promote.ts";
import { report } from "./compose-report.ts";
import { openCopies } from "./compose-store.ts";
import { openWatching } from "./compose-watching.ts";
import { Admission, overloaded, tooManyWrites } from "./door/admission.ts";
import { admit } from "./door/admit.ts";
import { SpaceFiller } from "./fill/space-filler.ts";
import { Readings } from "./freshness/readings.ts";
import { Reader } from "./freshness/reader.ts";
import { Maintainer } from "./maintain/maintainer.ts";
import type { Bell } from "./ports/bell.ts";
import type { VectorStore } from "./ports/store.ts";
import type { LookDeps } from "./promote/answer-look.ts";
import type { Failover } from "./promote/failover.ts";
import type { PromoteDeps } from "./promote/promote-collection.ts";
import { Applier, type ApplierDeps } from "./replicate/applier.ts";
import { LineBroken } from "./replicate/judge.ts";
import { Resharder } from "./replicate/resharder.ts";
import { Replicator } from "./replicate/replicate.ts";
import { Turns } from "./replicate/turns.ts";
import { Centroids } from "./search/centroids.ts";
import type { SearchDeps } from "./search/search.ts";
import type { Registrar } from "./watch/registrar.ts";
import type { WriteDeps } from "./write/write.ts";
import type { Random } from "../shared/std/random.ts";

/** What every function of a region is made of. */
interface Region {
  readonly env: RegionEnv;
  readonly clock: Clock;
  readonly store: VectorStore;
  readonly log: UpstashLog;
  readonly cache: UpstashRegionCache;
  readonly embedder: HttpEmbedder;
  readonly blobs: FolderBlobs;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly resharder: Resharder;
  readonly filler: SpaceFiller;
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

/** Lambda gives each call a process of its own; where one process serves a region, this much work keeps its answers in time. */
const UNDER_WAY_MAX = 48;
/** Writes under way in a process, each of up to 6 MB: those beyond wait at their senders. */
const WRITES_UNDER_WAY_MAX = 32;

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
  WriteDeps & PromoteDeps & Pick<Region, "admit" | "writeAdmission"> & { readonly random: Random }
> {
  const region = await openRegion();
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
    promoter: region.promoting.promoter,
    random: Math.random,
    admit: region.admit,
    writeAdmission: region.writeAdmission,
  };
}

/** A shard reader: the store alone. */
export async function composeShard(): Promise<VectorStore> {
  return openStore(RegionEnv.parse(process.env));
}

export async function composeReplicate(): Promise<{
  readonly replicator: Replicator;
  readonly failover: Failover | null;
  readonly look: LookDeps;
}> {
  const { env, catalog, log, placements, applier, promoting } = await openRegion();
  const { failover, silence } = promoting;
  return {
    replicator: new Replicator({
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
  };
}

export async function composeMaintain(): Promise<Maintainer> {
  const { catalog, log, applier, resharder, filler } = await openRegion();
  return new Maintainer({
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
  const watching = openWatching(
    new UpstashWatchList(redis),
    log,
    clock,
    store.traits.snapshotReads,
  );
  const { admission, writeAdmission } = openDoors(clock);
  const sleep: Sleep = async (delayMs, signal) => delay(delayMs, undefined, { signal });
  const apply: ApplierDeps = {
    keeper: watching.keeper,
    cache,
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
  const blobs = new FolderBlobs(env.NEARFIELD_BLOBS);
  const bell = openBell(env);
  const catalog = new Catalog(log, cache, clock);
  const held = { env, clock, catalog, placements, applier, readings, store, blobs, bell };
  return {
    ...held,
    log,
    cache,
    embedder,
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
      ...held,
      region: env.NEARFIELD_REGION,
      onUnavailable: (collection, error) => report("freshness-unavailable", { collection, error }),
    }),
    centroids: new Centroids(() => clock.monotonicMs()),
    registrar: watching.registrarFor(applier),
    promoting: openPromoting({ ...held, redis: logRedis }),
    admission,
    writeAdmission,
    admit: (context, scope) => admit(context, scope, env.NEARFIELD_CALLER_SECRET, clock.wallMs()),
  };
}

function openDoors({ monotonicMs }: Clock) {
  return {
    admission: new Admission(UNDER_WAY_MAX, monotonicMs, overloaded),
    writeAdmission: new Admission(WRITES_UNDER_WAY_MAX, monotonicMs, tooManyWrites),
  };
}

/** For /v1/status: one short question to each part. */
function probeOf({ log, embedder, cache }: Region): SearchDeps["probe"] {
  return async (signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(1_000)]);
    const asks: Record<string, Promise<unknown>> = {
      log: log.collections(limited),
      embedder: embedder.model("text", limited),
      redis: cache.ping(limited),
    };
    const verdicts = await Promise.all(
      Object.entries(asks).map(async ([part, ask]): Promise<[string, boolean]> => [
        part,
        await ask.then(
          () => true,
          () => false,
        ),
      ]),
    );
    return Object.fromEntries(verdicts);
  };
}

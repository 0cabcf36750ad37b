import { randomUUID } from "node:crypto";
import type { Caller, CallerContext, Scope } from "../shared/contracts/caller.ts";
import { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock, Sleep } from "../shared/std/clock.ts";
import { HttpEmbedder } from "./adapters/http-embedder.ts";
import { UpstashAliases } from "./adapters/upstash-aliases.ts";
import type { UpstashLog } from "./adapters/upstash-log.ts";
import type { UpstashRegionCache } from "./adapters/upstash-region-cache.ts";
import { Aliases } from "./catalog/aliases.ts";
import { Catalog } from "./catalog/catalog.ts";
import type { Placements } from "./catalog/placements.ts";
import { openApplying } from "./compose-applying.ts";
import { openBell } from "./compose-functions.ts";
import { openPromoting, type Promoting } from "./compose-promote.ts";
import { report } from "./compose-report.ts";
import { openRemoving, type Removing } from "./compose-removing.ts";
import { openChecks, openScrub, type Checks } from "./compose-checks.ts";
import { openSnapshots, type Snapshots } from "./compose-snapshots.ts";
import type { Admission } from "./door/admission.ts";
import { admit } from "./door/admit.ts";
import { SpaceFiller } from "./fill/space-filler.ts";
import { Reader } from "./freshness/reader.ts";
import type { AliasRegister } from "./ports/aliases.ts";
import type { Bell } from "./ports/bell.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { StoreRoom } from "./ports/store-room.ts";
import type { VectorStore } from "./ports/store.ts";
import type { Applier } from "./replicate/applier.ts";
import { Resharder } from "./replicate/resharder.ts";
import { Centroids } from "./search/centroids.ts";
import type { Registrar } from "./watch/registrar.ts";

/** What every function of a region is made of. */
export interface Region {
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
  readonly aliases: Aliases;
  readonly aliasRegister: AliasRegister;
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
  readonly removing: Removing;
  readonly admit: (context: CallerContext, scope: Scope) => Caller;
  /** One for all reads of the process: they share its store and its embedder. */
  readonly admission: Admission;
  readonly writeAdmission: Admission;
}

/** Of a change of shards: larger pages are fewer commits, each of which costs as much as copying a hundred documents. */
const PAGE_DOCUMENTS = 500;

/** One a process: a container is reused, and the twin runs all functions of a region in one. */
let opened: Promise<Region> | null = null;

export function openRegion(): Promise<Region> {
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
  const aliasRegister = new UpstashAliases(logRedis);
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
  const ends = { region: env.NEARFIELD_REGION, regions: bell.others + 1, watch: watched };
  return {
    ...held,
    room,
    sleep: apply.sleep,
    snapshots,
    aliasRegister,
    aliases: new Aliases(aliasRegister, catalog, readings, clock),
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
    removing: openRemoving({ ...held, ...ends, logRedis, segments, snapshots }),
    admission: parts.admission,
    writeAdmission: parts.writeAdmission,
    admit: (context, scope) => admit(context, scope, env.NEARFIELD_CALLER_SECRET, clock.wallMs()),
  };
}

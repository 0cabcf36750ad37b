import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock, Sleep } from "../shared/std/clock.ts";
import { openRoom } from "./adapters/open-room.ts";
import { BlobSegments } from "./adapters/blob-segments.ts";
import { openStore } from "./adapters/open-store.ts";
import { systemClock } from "./adapters/system-clock.ts";
import { createUpstashClient } from "./adapters/upstash-client.ts";
import { UpstashLeases } from "./adapters/upstash-leases.ts";
import { UpstashLog } from "./adapters/upstash-log.ts";
import { UpstashRegionCache } from "./adapters/upstash-region-cache.ts";
import { UpstashWatchList } from "./adapters/upstash-watch-list.ts";
import { Placements } from "./catalog/placements.ts";
import { openBlobs } from "./compose-blobs.ts";
import { report } from "./compose-report.ts";
import { openCopies } from "./compose-store.ts";
import { openWatching } from "./compose-watching.ts";
import { Admission, overloaded, tooManyWrites } from "./door/admission.ts";
import { Readings } from "./freshness/readings.ts";
import { Applier, type ApplierDeps } from "./replicate/applier.ts";
import { Turns } from "./replicate/turns.ts";

/** Lambda gives each call a process of its own; where one process serves a region, this much work keeps its answers in time. */
const UNDER_WAY_MAX = 48;
/** Writes under way in a process, each of up to 6 MB: those beyond wait at their senders. */
const WRITES_UNDER_WAY_MAX = 32;

/** What applies the log in a region, and what that leans on. */
export async function openApplying(env: RegionEnv) {
  const clock = systemClock();
  const redis = createUpstashClient(env.NEARFIELD_REDIS_URL, env.NEARFIELD_REDIS_TOKEN);
  const logRedis = createUpstashClient(env.NEARFIELD_LOG_URL, env.NEARFIELD_LOG_TOKEN);
  const blobs = await openBlobs(env);
  const segments = new BlobSegments(blobs, () => clock.wallMs());
  const log = new UpstashLog(logRedis, segments);
  const cache = new UpstashRegionCache(redis, (error) => report("cache-failed", { error }));
  const room = openRoom(env, clock.monotonicMs);
  const store = openCopies(env, await openStore(env, room), clock);
  const readings = new Readings(log, clock);
  const placements = new Placements(store);
  const watch = new UpstashWatchList(redis);
  const watching = openWatching(watch, log, clock, store.traits.snapshotReads);
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
  return {
    clock,
    redis,
    logRedis,
    blobs,
    segments,
    log,
    cache,
    store,
    room,
    readings,
    placements,
    watching,
    /** Null where no answers are watched. */
    watched: store.traits.snapshotReads ? watch : null,
    apply,
    applier,
    admission,
    writeAdmission,
  };
}

function openDoors({ monotonicMs }: Clock) {
  return {
    admission: new Admission(UNDER_WAY_MAX, monotonicMs, overloaded),
    writeAdmission: new Admission(WRITES_UNDER_WAY_MAX, monotonicMs, tooManyWrites),
  };
}

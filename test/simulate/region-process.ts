import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { serverRoom } from "../../lambdas/adapters/server-room.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashRegionCache } from "../../lambdas/adapters/upstash-region-cache.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { Catalog } from "../../lambdas/catalog/catalog.ts";
import { LostExporter } from "../../lambdas/promote/lost-exporter.ts";
import { openSnapshots } from "../../lambdas/compose-snapshots.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import { Admission, overloaded } from "../../lambdas/door/admission.ts";
import { admit } from "../../lambdas/door/admit.ts";
import { settle } from "../../lambdas/door/settle.ts";
import { Reader } from "../../lambdas/freshness/reader.ts";
import { Readings } from "../../lambdas/freshness/readings.ts";
import type { Bell } from "../../lambdas/ports/bell.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { Applier, type ApplierDeps } from "../../lambdas/replicate/applier.ts";
import { Replicator } from "../../lambdas/replicate/replicate.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import { Centroids } from "../../lambdas/search/centroids.ts";
import { search, type SearchDeps } from "../../lambdas/search/search.ts";
import type { Peers } from "../../lambdas/ports/peers.ts";
import type { TermRegister } from "../../lambdas/ports/term-register.ts";
import { answerLook } from "../../lambdas/promote/answer-look.ts";
import { LineBroken } from "../../lambdas/replicate/judge.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import { WatchKeeper } from "../../lambdas/watch/keeper.ts";
import { Registrar } from "../../lambdas/watch/registrar.ts";
import { createCollection } from "../../lambdas/write/create-collection.ts";
import type { WriteDeps } from "../../lambdas/write/write.ts";
import { writeCollection } from "../../lambdas/write/write-collection.ts";
import type { Scope } from "../../shared/contracts/caller.ts";
import {
  ReplicateEvent,
  type LookResult,
  SearchEvent,
  type SearchResult,
} from "../../shared/contracts/region-event.ts";
import { WriteEvent, type WriteResult } from "../../shared/contracts/write-event.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Random } from "../../shared/std/random.ts";
import { smallSegments } from "../suites/small-segments.ts";
import type { RegionBugs } from "./bug.ts";
import { openPromoting } from "./promoting.ts";

/** Of all processes of the world. */
export const CALLER_SECRET = "the simulated world's caller secret";
/** Of the log: so small that some writes have a segment and some have none. */
const SEGMENT_SIZES = {
  inlineEntryBytesMax: 154,
  inlineAppendBytesMax: 600,
  segmentBytesMax: 400,
};
const REPLICATE_MS_MAX = 30_000;
const UNDER_WAY_MAX = 48;
const UNUSED = () => Promise.reject(new Error("no model takes part"));

export interface RegionProcessDeps {
  readonly region: string;
  readonly redisUrl: string;
  readonly logUrl: string;
  readonly store: VectorStore;
  readonly bell: Bell;
  readonly peers: Peers;
  readonly terms: TermRegister;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: Random;
  /** A name that nothing else has ever had. */
  readonly newId: () => string;
  readonly bugs: RegionBugs;
  /** Hears of what the process reports. */
  readonly report: (event: string, error: unknown) => void;
}

/** The functions of a region in one process, wired as `lambdas/compose.ts` does, with the simulated world behind the ports. */
export function startRegionProcess(deps: RegionProcessDeps) {
  const { clock, random, bell } = deps;
  const parts = openParts(deps);
  const { searching, applying, admission } = parts;
  const writing = { ...applying, ...searching, bell, random };
  const nowMs = () => clock.monotonicMs();
  const { readings, exporter } = parts;
  const { failover, silence } = openPromoting({ ...deps, ...writing, readings, exporter, nowMs });
  const { upkeep, notes, resyncer } = parts.snapshots;
  const replicator = new Replicator({
    ...searching,
    ...applying,
    upkeep,
    notes,
    nowMs,
    onFailure: ({ incarnation }, error) => {
      deps.report("replicate-failed", error);
      if (error instanceof LineBroken) failover.suspect(incarnation);
    },
  });
  const look = { ...searching, silence };
  const admitted = (context: SearchEvent["context"], scope: Scope) =>
    admit(context, scope, CALLER_SECRET, clock.wallMs());
  return {
    /** As `lambdas/search/handler.ts`. */
    search: async (payload: unknown): Promise<SearchResult> => {
      const event = SearchEvent.parse(payload);
      return settle(event.deadlineMs, nowMs, (signal) =>
        admission.run(event.deadlineMs, () =>
          search(searching, admitted(event.context, "read"), event, signal),
        ),
      );
    },
    /** As `lambdas/write/handler.ts`, without what a history never asks for. */
    write: async (payload: unknown): Promise<WriteResult> => {
      const event = WriteEvent.parse(payload);
      return settle(event.deadlineMs, nowMs, (signal) => write(writing, admitted, event, signal));
    },
    /** As `lambdas/replicate/handler.ts`. */
    replicate: async (payload: unknown): Promise<{ collections: number } | LookResult> => {
      const event = ReplicateEvent.parse(payload);
      const signal = AbortSignal.timeout(REPLICATE_MS_MAX);
      if (event.op === "look") return answerLook(look, event, signal);
      if (event.op === "content") throw new Error("a history compares no copies");
      if (event.op === "failover") return { collections: await failover.look(signal) };
      return { collections: await replicator.replicate(event, signal) };
    },
    /** By schedule: failover, then the op `resync` of `lambdas/maintain/maintainer.ts`. */
    watch: async (): Promise<void> => {
      const signal = AbortSignal.timeout(REPLICATE_MS_MAX);
      await failover.look(signal);
      const asked = await notes.asked(signal);
      if (asked.size === 0) return;
      for (const record of await searching.catalog.all(signal))
        if (asked.has(record.incarnation))
          await resyncer
            .resync(record, signal)
            .catch((error: unknown) => deps.report("resync-failed", error));
    },
  };
}

/** What applies the log, and what is read by. */
function openParts(deps: RegionProcessDeps) {
  const { region, clock, sleep, newId, report, bugs } = deps;
  const redis = createUpstashClient(deps.redisUrl, "token");
  const logRedis = createUpstashClient(deps.logUrl, "token");
  const blobs = bugs.blobs(deps.blobs);
  const segments = smallSegments(blobs, clock.wallMs, SEGMENT_SIZES);
  const log = bugs.log(new UpstashLog(logRedis, segments));
  const store = bugs.store(deps.store);
  const watch = bugs.watch(new UpstashWatchList(redis));
  const cache = new UpstashRegionCache(redis, (error) => report("cache-failed", error));
  const onFailure = (_: string, error: unknown) => report("watch-failed", error);
  const readings = new Readings(log, clock);
  const admission = new Admission(UNDER_WAY_MAX, () => clock.monotonicMs(), overloaded);
  const placements = new Placements(store);
  const apply: ApplierDeps = {
    keeper: new WatchKeeper({ watch, log, newId, onFailure }),
    cache,
    log,
    store,
    placements,
    leases: new UpstashLeases(redis, newId),
    clock,
    sleep,
    turns: new Turns({ clock, sleep, beingRead: () => admission.underWay > 0 }),
    onSample: (record, sample) => readings.keepSample(record.incarnation, sample),
  };
  const applier = new Applier(apply);
  const onUnavailable = (_: string, error: unknown) => report("freshness-unavailable", error);
  const registrar = openRegistrar(deps, watch, applier, onFailure);
  const entries = { keep: async () => null };
  const exporter = new LostExporter({ ...apply, region, blobs, entries, onKept: () => undefined });
  const snapshots = openSnapshots({
    ...deps,
    scrub: null,
    redis,
    logRedis,
    blobs,
    segments,
    watch,
    apply,
    applier,
    keepLost: (record, held, end, signal) => exporter.keep(record, held, end, signal),
    report: (event) => report(event, null),
  });
  const searching: SearchDeps = {
    content: snapshots.content,
    library: snapshots.library,
    jobs: snapshots.jobs,
    region,
    reader: new Reader({ region, store, placements, applier, readings, onUnavailable }),
    embedder: { embed: UNUSED, model: UNUSED },
    reranker: { rerank: UNUSED, identify: UNUSED },
    centroids: new Centroids(() => clock.monotonicMs()),
    registrar,
    cache,
    clock,
    onLegFailed: (_, __, error) => report("leg-failed", error),
    catalog: new Catalog(log, cache, clock),
    placements,
    blobs,
    room: serverRoom,
    probe: async () => ({}),
  };
  return { searching, applying: { ...apply, applier }, admission, readings, exporter, snapshots };
}

function openRegistrar(
  { clock, newId }: RegionProcessDeps,
  watch: WatchList,
  applier: Applier,
  onFailure: (collection: string, error: unknown) => void,
): Registrar {
  return new Registrar({
    watches: true,
    watch,
    beginList: (record, signal) => applier.catchUp(record, null, signal),
    nowMs: () => clock.monotonicMs(),
    newId,
    onFailure,
  });
}

export type RegionFunctionsOf = ReturnType<typeof startRegionProcess>;

async function write(
  deps: WriteDeps & { readonly random: Random },
  admitted: (context: WriteEvent["context"], scope: Scope) => ReturnType<typeof admit>,
  event: WriteEvent,
  signal: AbortSignal,
): Promise<WriteResult> {
  if (event.op === "create")
    return createCollection(deps, admitted(event.context, "admin"), event.definition, signal);
  if (
    event.op === "promote" ||
    event.op === "snapshot" ||
    event.op === "restore" ||
    event.op === "delete-snapshot"
  )
    throw new Error(`a history has no ${event.op}`);
  return writeCollection(deps, admitted(event.context, "write"), event, signal);
}

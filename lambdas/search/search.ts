import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  ReplicaStatus,
  SearchEvent,
  SearchResult,
} from "../../shared/contracts/region-event.ts";
import type { Reconciled } from "../../shared/contracts/reconciled.ts";
import type { ReplicaLag } from "../../shared/contracts/replica-lag.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { toBase64 } from "../../shared/std/bytes.ts";
import { percentile } from "../../shared/std/percentile.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Placements } from "../catalog/placements.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { ContentReader } from "../snapshot/content.ts";
import { listSnapshots, type ListDeps } from "../snapshot/list-snapshots.ts";
import { blobName } from "../media/blob-name.ts";
import { countDocuments, getDocuments, listDocuments } from "./read-documents.ts";
import { retrieve, type RetrieveDeps } from "./retrieve.ts";

export interface SearchDeps extends RetrieveDeps, ListDeps {
  readonly content: ContentReader;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly blobs: BlobStore;
  readonly cache: RegionCache;
  /** Whether each part that the region leans on answers now. */
  readonly room: StoreRoom;
  readonly probe: (signal: AbortSignal) => Promise<Readonly<Record<string, boolean>>>;
}

type PartVerdict = Extract<SearchResult, { kind: "status" }>["parts"][string];

/** Every read of a region. */
export async function search(
  deps: SearchDeps,
  caller: Caller,
  event: SearchEvent,
  signal: AbortSignal,
): Promise<SearchResult> {
  const startMs = deps.clock.monotonicMs();
  const record = (name: string) => deps.catalog.get(caller.tenant, name, signal);
  switch (event.op) {
    case "retrieve": {
      const found = await record(event.collection);
      const deadlineMs = Math.max(1, event.deadlineMs - (deps.clock.monotonicMs() - startMs));
      return retrieve(deps, found, { ...event, deadlineMs }, signal);
    }
    case "get":
      return getDocuments(deps.reader, await record(event.collection), event, signal);
    case "list":
      return listDocuments(deps.reader, await record(event.collection), event, signal);
    case "count":
      return countDocuments(deps.reader, await record(event.collection), event, signal);
    case "collections": {
      const records =
        event.name === null
          ? await deps.catalog.list(caller.tenant, signal)
          : [await deps.catalog.refreshed(caller.tenant, event.name, event.fresh, signal)];
      return {
        kind: "collections",
        region: deps.region,
        collections: await Promise.all(records.map((record) => standing(deps, record, signal))),
      };
    }
    case "media":
      return readMedia(deps.blobs, caller.tenant, event.hash, event.rendition, signal);
    case "status": {
      const parts = await deps.probe(signal);
      const records = await deps.catalog.list(caller.tenant, signal);
      const collections = await Promise.all(
        records.map((record) => standing(deps, record, signal)),
      );
      const verdicts = Object.entries(parts).map(([part, ok]): [string, PartVerdict] => [
        part,
        ok ? "ok" : "down",
      ]);
      const disk = await deps.room.standing();
      if (disk !== "unknown") verdicts.push(["disk", disk === "enough" ? "ok" : "full"]);
      return {
        kind: "status",
        region: deps.region,
        parts: Object.fromEntries(verdicts),
        collections,
      };
    }
    case "snapshots":
      return listSnapshots(deps, caller.tenant, event.collection, signal);
    case "content": {
      const content = await deps.content.of(await record(event.collection), signal);
      return { kind: "content", region: deps.region, ...content };
    }
    default:
      return unreachable(event);
  }
}

/** A collection as this region holds it now, without asking the log. */
async function standing(
  deps: SearchDeps,
  record: CollectionRecord,
  signal: AbortSignal,
): Promise<ReplicaStatus> {
  const { held, opened } = await deps.reader.peek(record, signal);
  const { collection, map: shardMap, checkpoint } = held;
  const resharding = await deps.placements.resharding(record, held, signal);
  const fill =
    resharding?.phase === "embedding" ? await deps.cache.fill(record.incarnation, signal) : null;
  const status = {
    collection,
    shardMap,
    resharding:
      fill === null || resharding === null ? resharding : { ...resharding, copied: fill.looked },
    unfilled: checkpoint?.unfilled ?? [],
    lag: toLag(await deps.cache.lags(record.incarnation, signal)),
    reconciled: await reconciledOf(deps, record, signal),
  };
  if (opened === null) return { ...status, point: null, documents: null, stalenessMs: null };
  const counts = await Promise.all(
    allShards(shardMap).map((shard) => opened.view.count(shard, null, signal)),
  );
  const { point, confirmed, now } = opened.served;
  return {
    ...status,
    point,
    documents: counts.reduce((sum, count) => sum + count, 0),
    stalenessMs: stalenessMs(confirmed, now),
  };
}

/** The primary's copy is what the others are compared with. */
async function reconciledOf(
  { region, cache }: Pick<SearchDeps, "region" | "cache">,
  { primary, incarnation }: CollectionRecord,
  signal: AbortSignal,
): Promise<Reconciled | null> {
  const found = primary === region ? null : await cache.comparison(incarnation, signal);
  return found && { verdict: found.verdict, position: found.position, atMs: found.atMs };
}

function toLag(lagsMs: readonly number[] | null): ReplicaLag | null {
  if (lagsMs === null || lagsMs.length === 0) return null;
  const at = (p: number) => Math.round(percentile(lagsMs, p));
  return { n: lagsMs.length, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), maxMs: at(100) };
}

async function readMedia(
  blobs: BlobStore,
  tenant: string,
  hash: string,
  rendition: "original" | "thumbnail",
  signal: AbortSignal,
): Promise<SearchResult> {
  const blob = await blobs.get(blobName(tenant, hash, rendition), signal);
  if (blob === null) throw new Problem("not-found", "There is no such picture.");
  return { kind: "media", type: blob.type, base64: toBase64(blob.bytes) };
}

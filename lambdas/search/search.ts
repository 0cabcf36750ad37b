import type { RegionParts } from "../../shared/contracts/region-parts.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  Freshness,
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
import { byName, type NamingDeps } from "../catalog/by-name.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Reader } from "../freshness/reader.ts";
import type { AliasRegister } from "../ports/aliases.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { ContentReader } from "../snapshot/content.ts";
import { throughAlias } from "../catalog/through-alias.ts";
import { listSnapshots, type ListDeps } from "../snapshot/list-snapshots.ts";
import { blobName } from "../media/blob-name.ts";
import { countDocuments, getDocuments, listDocuments } from "./read-documents.ts";
import { retrieve, type RetrieveDeps } from "./retrieve.ts";

export interface SearchDeps extends RetrieveDeps, ListDeps {
  readonly content: ContentReader;
  readonly reader: Reader;
  readonly aliases: NamingDeps["aliases"];
  readonly aliasRegister: Pick<AliasRegister, "list">;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly blobs: BlobStore;
  readonly cache: RegionCache;
  readonly room: StoreRoom;
  /** Whether each part that the region leans on answers now. */
  readonly probe: (signal: AbortSignal) => Promise<Readonly<Record<string, boolean>>>;
}

/** Every read of a region. */
export async function search(
  deps: SearchDeps,
  caller: Caller,
  event: SearchEvent,
  signal: AbortSignal,
): Promise<SearchResult> {
  const startMs = deps.clock.monotonicMs();
  const { tenant } = caller;
  const named = <T>(
    { collection: name, freshness }: { collection: string; freshness: Freshness },
    work: (record: CollectionRecord, deps: RetrieveDeps) => Promise<T>,
  ) =>
    byName(deps, { tenant, name, freshness }, signal, (record, asOf) =>
      work(record, asOf === null ? deps : throughAlias(deps, asOf)),
    );
  switch (event.op) {
    case "retrieve":
      return named(event, (record, given) => {
        const deadlineMs = Math.max(1, event.deadlineMs - (deps.clock.monotonicMs() - startMs));
        return retrieve(given, record, { ...event, deadlineMs }, signal);
      });
    case "get":
      return named(event, (record, { reader }) => getDocuments(reader, record, event, signal));
    case "list":
      return named(event, (record, { reader }) => listDocuments(reader, record, event, signal));
    case "count":
      return named(event, (record, { reader }) => countDocuments(reader, record, event, signal));
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
    case "status":
      return status(deps, tenant, signal);
    case "aliases": {
      const aliases = [...(await deps.aliasRegister.list(tenant, signal))];
      return { kind: "aliases", region: deps.region, aliases };
    }
    case "snapshots":
      return listSnapshots(deps, caller.tenant, event.collection, signal);
    case "content":
      return contentOf(deps, tenant, event.collection, signal);
    default:
      return unreachable(event);
  }
}

async function status(
  deps: SearchDeps,
  tenant: string,
  signal: AbortSignal,
): Promise<SearchResult> {
  const parts = await deps.probe(signal);
  const records = await deps.catalog.list(tenant, signal);
  const collections = await Promise.all(records.map((record) => standing(deps, record, signal)));
  const verdicts = Object.entries(parts).map(([part, ok]): [string, RegionParts[string]] => [
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

async function contentOf(
  deps: SearchDeps,
  tenant: string,
  collection: string,
  signal: AbortSignal,
): Promise<SearchResult> {
  const record = await deps.catalog.refreshed(tenant, collection, false, signal);
  const content = await deps.content.of(record, signal);
  return { kind: "content", region: deps.region, ...content };
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

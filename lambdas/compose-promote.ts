import type { Redis } from "@upstash/redis";
import type { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock } from "../shared/std/clock.ts";
import { LambdaPeers } from "./adapters/lambda-peers.ts";
import { UpstashPromotions } from "./adapters/upstash-promotions.ts";
import type { Catalog } from "./catalog/catalog.ts";
import type { Placements } from "./catalog/placements.ts";
import { openOutsideLog } from "./compose-blobs.ts";
import { functionOf, lambdaOf } from "./compose-functions.ts";
import { report } from "./compose-report.ts";
import type { Readings } from "./freshness/readings.ts";
import type { Bell } from "./ports/bell.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { VectorStore } from "./ports/store.ts";
import { Failover } from "./promote/failover.ts";
import { LostExporter } from "./promote/lost-exporter.ts";
import { Promoter } from "./promote/promoter.ts";
import { Silence } from "./promote/silence.ts";
import type { Applier } from "./replicate/applier.ts";

/** What promotions lean on. */
export interface PromotingParts {
  readonly env: RegionEnv;
  /** The log's. */
  readonly redis: Redis;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly readings: Readings;
  readonly store: VectorStore;
  readonly blobs: BlobStore;
  readonly bell: Bell;
}

export interface Promoting {
  readonly promoter: Promoter;
  readonly silence: Silence;
  readonly exporter: LostExporter;
  /** Null where collections are promoted by hand only. */
  readonly failover: Failover | null;
}

/** A region that answers later than this is asked again. */
const PEER_MS_MAX = 1_000;

export async function openPromoting(parts: PromotingParts): Promise<Promoting> {
  const { env, clock, catalog, placements, applier, readings, store, blobs, bell } = parts;
  const region = env.NEARFIELD_REGION;
  const { terms, entries } = await openOutsideLog(env);
  const promotions = new UpstashPromotions(parts.redis);
  const others = env.NEARFIELD_OTHER_REGIONS.map(({ name, invokeUrl }) => ({
    region: name,
    client: lambdaOf(name, invokeUrl),
  }));
  const peers = new LambdaPeers(others, functionOf(env, "replicate"), PEER_MS_MAX);
  const nowMs = () => clock.monotonicMs();
  const silence = new Silence(peers.names, nowMs);
  const promoter = new Promoter({
    region,
    promotions,
    terms,
    catalog,
    placements,
    applier,
    peers,
    bell,
    onPromoted: ({ record: { name, term }, from, lost }) =>
      report(lost > 0 ? "log-tail-lost" : "promoted", {
        collection: name,
        term,
        from,
        to: region,
        lost,
      }),
  });
  const exporter = new LostExporter({
    region,
    store,
    placements,
    blobs,
    entries,
    onKept: (kept) => report("lost-entries-kept", kept),
  });
  const afterMs = env.NEARFIELD_AUTO_PROMOTE_AFTER_MS;
  const failover =
    afterMs === undefined
      ? null
      : new Failover({
          region,
          afterMs,
          promotions,
          promoter,
          catalog,
          placements,
          readings,
          peers,
          silence,
          exporter,
          nowMs,
          onFailure: (collection, error) => report("failover-failed", { collection, error }),
        });
  return { promoter, silence, exporter, failover };
}

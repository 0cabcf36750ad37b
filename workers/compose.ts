import { signCaller } from "../shared/contracts/caller.ts";
import { EdgeEnv } from "../shared/contracts/edge-env.ts";
import type { Random } from "../shared/std/random.ts";
import { CacheApi } from "./adapters/cache-api.ts";
import { LambdaRegion } from "./adapters/lambda-region.ts";
import { PrometheusMetrics } from "./adapters/prometheus-metrics.ts";
import { UpstashRegionStore } from "./adapters/upstash-region-store.ts";
import { LogClocks } from "./cache/freshness.ts";
import { HotAnswers } from "./cache/hot-answers.ts";
import { Revalidator } from "./cache/revalidate.ts";
import { SingleFlight } from "./cache/single-flight.ts";
import { Door } from "./door/authenticate.ts";
import { MediaPaths } from "./door/media-paths.ts";
import type { Edge, Here } from "./edge.ts";
import type { LocationCache } from "./ports/location-cache.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { RegionFunctions } from "./ports/region-functions.ts";
import type { RegionStore } from "./ports/region-store.ts";
import { RegionsPoll } from "./routing/poll-regions.ts";
import { PrimaryRegions } from "./routing/primary-regions.ts";
import { RegionGaps } from "./routing/region-gaps.ts";
import { RetryBudget } from "./routing/retry-budget.ts";
import { RegionHealth } from "./routing/region-health.ts";
import { ServedRegions } from "./routing/served-regions.ts";
import { Heat } from "./warm/heat.ts";

/** What the platform binds to a Worker. Variables are JSON or text; `ASSETS` is the page. */
export interface Bindings {
  readonly ASSETS?: { fetch(request: Request): Promise<Response> };
  readonly [name: string]: unknown;
}

export interface Ports {
  readonly env: EdgeEnv;
  readonly here: Here;
  readonly functions: ReadonlyMap<string, RegionFunctions>;
  readonly stores: ReadonlyMap<string, RegionStore>;
  readonly location: LocationCache;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly random: Random;
  readonly assets: Edge["assets"];
}

/** A look into Redis may take its round trip and this much more, ms; then the region is asked instead. */
const REDIS_MS_GRACE = 100;

/** The ports of a deployed location: the only reader of its environment. */
export function choosePorts(
  bindings: Bindings,
  cf: IncomingRequestCfProperties | undefined,
): Ports {
  const env = EdgeEnv.parse(bindings);
  const access = {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    functionPrefix: env.NEARFIELD_FUNCTION_PREFIX,
    qualifier: env.NEARFIELD_FUNCTION_QUALIFIER,
  };
  const { ASSETS } = bindings;
  const { regions } = env.NEARFIELD_REGIONS;
  return {
    env,
    here: env.NEARFIELD_HERE ?? {
      name: (cf?.colo ?? "unknown").toLowerCase(),
      city: cf?.city ?? "unknown",
      // The caller's coordinates: anycast brings callers to a location near them. They only seed the estimates.
      latitude: Number(cf?.latitude ?? 0),
      longitude: Number(cf?.longitude ?? 0),
    },
    functions: new Map(regions.map((entry) => [entry.name, new LambdaRegion(entry, access)])),
    stores: new Map(
      regions.map((entry) => [
        entry.name,
        new UpstashRegionStore(entry, env.NEARFIELD_REDIS_TOKENS[entry.name] ?? ""),
      ]),
    ),
    location: new CacheApi(),
    metrics: new PrometheusMetrics(),
    nowMs: () => Date.now(),
    newId: () => crypto.randomUUID(),
    random: Math.random,
    assets: ASSETS === undefined ? null : (request) => ASSETS.fetch(request),
  };
}

/** A location from its ports. */
export function wire(ports: Ports): Edge {
  const { env, here, functions, stores, location, metrics, nowMs, newId, random } = ports;
  const { regions, primary } = env.NEARFIELD_REGIONS;
  const health = new RegionHealth(regions, here);
  const clocks = new LogClocks();
  const served = new ServedRegions(regions.map(({ name }) => name));
  const nearestFirst = (): RegionStore[] =>
    regions
      .map((region) => ({
        store: stores.get(region.name),
        rttMs: health.rttMs(region.name, nowMs()),
        // Those that are not read come after all that are.
        last: (served.isOn(region.name) ? 0 : 2) + (health.out(region.name) ? 1 : 0),
      }))
      .sort((a, b) => a.last - b.last || a.rttMs - b.rttMs)
      .flatMap(({ store }) => (store === undefined ? [] : [store]));
  const nearest = () => nearestFirst()[0] ?? null;
  const redisMsMax = (region: string) => 3 * health.rttMs(region, nowMs()) + REDIS_MS_GRACE;
  return {
    here,
    distance: env.NEARFIELD_DISTANCE,
    regions,
    served,
    regionsPoll: pollOf(ports, served, nearestFirst),
    locations: env.NEARFIELD_LOCATIONS,
    primary,
    primaries: new PrimaryRegions(primary),
    door: new Door({ stores: nearestFirst, readMsMax: redisMsMax, nowMs }),
    hot: new HotAnswers({
      location,
      redis: nearest,
      revalidator: new Revalidator({
        stores,
        nowMs,
        readMsMax: redisMsMax,
        onFailure: () => metrics.cacheFailed("redis"),
      }),
      clocks,
      nowMs,
      random,
      redisMsMax: () => redisMsMax(nearest()?.region ?? ""),
      onFailure: (tier) => metrics.cacheFailed(tier),
    }),
    heat: new Heat(),
    stores,
    nearestStore: nearest,
    flights: new SingleFlight(),
    clocks,
    location,
    router: {
      functions,
      readable: () => served.readable(),
      health,
      gaps: new RegionGaps(),
      retries: new RetryBudget(),
      nowMs,
      onAttempt: (region, outcome, error) => {
        metrics.attempted(region, outcome);
        if (error !== undefined) report(region, error);
      },
    },
    metrics,
    mediaPaths: new MediaPaths(env.NEARFIELD_CALLER_SECRET, nowMs),
    nowMs,
    newId,
    vouch: (caller) => signCaller(caller, env.NEARFIELD_CALLER_SECRET, nowMs()),
    assets: ports.assets,
  };
}

/** Tells of what is taken, and of what is not, with both versions. */
function pollOf(
  { env, location, metrics, nowMs }: Ports,
  served: ServedRegions,
  stores: () => readonly RegionStore[],
): RegionsPoll {
  return new RegionsPoll({
    served,
    stores,
    location,
    pollMs: env.NEARFIELD_REGIONS_POLL_MS,
    nowMs,
    onTaken: (version) => metrics.regionsTaken(version),
    onRejected: (rejection) => {
      metrics.regionsRejected(rejection.reason, rejection.version);
      console.warn(JSON.stringify({ event: "regions-record-rejected", ...rejection }));
    },
    onFailure: (tier) => metrics.cacheFailed(tier),
  });
}

/** One JSON line a failed call: what went wrong between here and a region, never what was asked. */
function report(region: string, error: unknown): void {
  const cause =
    error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  console.warn(JSON.stringify({ event: "region-call-failed", region, error: cause.slice(0, 300) }));
}

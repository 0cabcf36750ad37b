import { EdgeEnv } from "../../shared/contracts/edge-env.ts";
import { UpstashRegionStore } from "../../workers/adapters/upstash-region-store.ts";
import { createApp } from "../../workers/app.ts";
import { wire } from "../../workers/compose.ts";
import type { LocationCache } from "../../workers/ports/location-cache.ts";
import type { RegionFunctions } from "../../workers/ports/region-functions.ts";
import { LOCATIONS, PRIMARY, REGIONS } from "../twin/topology.ts";
import type { Random } from "../../shared/std/random.ts";
import { required } from "../../shared/std/assert.ts";
import type { EdgeBugs, Serve } from "./bug.ts";
import { CALLER_SECRET } from "./region-process.ts";

export interface EdgeProcessDeps {
  readonly location: string;
  /** Address of each region's Redis, as this isolate reaches it. */
  readonly redisUrl: (region: string) => string;
  readonly functions: (region: string) => RegionFunctions;
  readonly cache: LocationCache;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly random: Random;
  readonly bugs: EdgeBugs;
  /** Hears of what the isolate reports. */
  readonly report: (event: string, error: unknown) => void;
}

const UNCOUNTED = () => undefined;

/** One isolate of a location: the Worker as it is deployed, but for its ports. */
export function startEdgeProcess(deps: EdgeProcessDeps): Serve {
  const { location, bugs, nowMs, newId } = deps;
  const here = required(
    LOCATIONS.find(({ name }) => name === location),
    "a location",
  );
  const entries = REGIONS.map(({ name, latitude, longitude }) => ({
    name,
    latitude,
    longitude,
    redisUrl: deps.redisUrl(name),
  }));
  const wired = wire({
    env: EdgeEnv.parse({
      NEARFIELD_REGIONS: { primary: PRIMARY, regions: entries },
      NEARFIELD_CALLER_SECRET: CALLER_SECRET,
      AWS_ACCESS_KEY_ID: "-",
      AWS_SECRET_ACCESS_KEY: "-",
      NEARFIELD_REDIS_TOKENS: "{}",
    }),
    here,
    functions: new Map(REGIONS.map(({ name }) => [name, bugs.functions(deps.functions(name))])),
    stores: new Map(
      entries.map((entry) => [entry.name, bugs.store(new UpstashRegionStore(entry, "token"))]),
    ),
    location: deps.cache,
    metrics: {
      requested: UNCOUNTED,
      answered: UNCOUNTED,
      attempted: UNCOUNTED,
      cacheFailed: UNCOUNTED,
      warmed: UNCOUNTED,
      regionsTaken: UNCOUNTED,
      regionsRejected: UNCOUNTED,
      text: async () => ({ body: "", type: "text/plain" }),
    },
    nowMs,
    newId,
    random: deps.random,
    assets: null,
  });
  const onAttempt = (region: string, outcome: string, error?: unknown) =>
    deps.report(`${region} ${outcome}`, error);
  const edge = { ...wired, router: { ...wired.router, onAttempt } };
  const app = createApp(bugs.edge(edge));
  const context = {
    waitUntil: (work: Promise<unknown>) => void work.catch(UNCOUNTED),
    passThroughOnException: UNCOUNTED,
    props: {},
  };
  return bugs.serve(async (tenant, { method, path, headers, body }) => {
    const request = new Request(`http://${location}${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${apiKeyOf(tenant)}` },
      ...(body === null ? {} : { body }),
    });
    const response = await app.fetch(request, {}, context);
    const text = await response.text();
    return { status: response.status, header: (name) => response.headers.get(name), text };
  });
}

export function apiKeyOf(tenant: string): string {
  return `nf_simulated_${tenant}`;
}

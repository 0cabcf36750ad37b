import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { bundleEdge, type Bundle } from "./bundle.ts";
import {
  edgeSpec,
  embedderSpec,
  redisSpec,
  regionSpec,
  shardReaderSpec,
  url,
} from "./child-specs.ts";
import { freePorts, requireFree } from "./free-ports.ts";
import { keyCommands, type Secrets } from "./keys.ts";
import type { HttpLink } from "./links/http-link.ts";
import type { TwinOptions } from "./options.ts";
import { SupervisedChild, type ChildSpec } from "./supervise.ts";
import { LOCATIONS, PRIMARY, REGIONS } from "./topology.ts";
import { Wan } from "./wan.ts";

const SETTLED_MS_MAX = 20_000;
const SETTLED_LOOK_MS = 20;

/** Of the Workers runtime; wrangler.toml names the same. */
export const COMPATIBILITY_DATE = "2026-07-01";

export interface Twin {
  readonly links: readonly HttpLink[];
  readonly redis: readonly {
    readonly role: "log" | "region";
    readonly region: string;
    readonly child: SupervisedChild;
  }[];
  readonly embedders: readonly { readonly region: string; readonly child: SupervisedChild }[];
  /** Copies of the regions' shards, where there is more than one. */
  readonly readers: readonly {
    readonly region: string;
    readonly replica: number;
    readonly child: SupervisedChild;
  }[];
  readonly regions: readonly { readonly name: string; readonly child: SupervisedChild }[];
  readonly edge: SupervisedChild;
  readonly locations: readonly TwinLocation[];
}

export interface TwinLocation {
  readonly name: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly nearest: string;
  readonly url: string;
}

export interface Launch {
  readonly options: TwinOptions;
  readonly secrets: Secrets;
  /** Hears of each step as it begins. */
  readonly say: (step: string) => void;
  /** Called when a process has another pid. */
  readonly onChange: () => void;
  /** Hears of each child before it starts, so that it can be ended. */
  readonly onChild: (child: SupervisedChild) => void;
}

/** Starts everything, in the order in which it is needed. */
export async function launchTwin(launch: Launch): Promise<Twin> {
  const wan = new Wan(launch.options.wan === "on");
  const locations = await placeLocations(launch.options.port);
  launch.say("bundling the edge worker and the page");
  const bundle = await bundleEdge(path.join(launch.options.state, "edge"));
  launch.say("starting Redis, one a region and the log's, and the embedders");
  const [redis, embedders] = await Promise.all([startRedis(launch), startEmbedders(launch)]);
  launch.say("starting the regions");
  const readers = await startReaders(launch);
  const regions = await startRegions(launch, wan, redis, embedders, readers);
  launch.say("starting the locations");
  const [edge] = await Promise.all([
    startEdge(launch, wan, bundle, locations, redis, regions),
    untilSettled(regions.map(({ child }) => child)),
  ]);
  return { links: wan.links, redis, embedders, readers, regions, edge, locations };
}

async function placeLocations(port: number): Promise<TwinLocation[]> {
  const ports = port === 0 ? await freePorts(LOCATIONS.length) : LOCATIONS.map((_, i) => port + i);
  for (const one of ports) {
    await requireFree(one).catch(() => {
      throw new Error(
        `Port ${one} is in use: give another with --port, or --port 0 for any free ones.`,
      );
    });
  }
  return LOCATIONS.map(({ name, city, latitude, longitude, nearest }, i) => ({
    name,
    city,
    latitude,
    longitude,
    nearest,
    url: url(ports[i] ?? 0),
  }));
}

async function startRedis(launch: Launch): Promise<Twin["redis"]> {
  const { options, secrets } = launch;
  const ports = await freePorts(REGIONS.length + 1);
  const log = {
    role: "log" as const,
    region: PRIMARY,
    child: child(launch, redisSpec("log", PRIMARY, ports[0] ?? 0, options, secrets)),
  };
  const ofRegions = REGIONS.map(({ name }, i) => ({
    role: "region" as const,
    region: name,
    child: child(launch, redisSpec("region", name, ports[i + 1] ?? 0, options, secrets)),
  }));
  const all = [log, ...ofRegions];
  await Promise.all(all.map((one) => one.child.start()));
  await Promise.all(ofRegions.map((one) => setKeys(one.child.spec.url, secrets)));
  return all;
}

async function setKeys(address: string, secrets: Secrets): Promise<void> {
  const response = await fetch(`${address}/pipeline`, {
    method: "POST",
    headers: { authorization: `Bearer ${secrets.redisToken}` },
    body: JSON.stringify(keyCommands(secrets)),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok)
    throw new Error(`The Redis at ${address} did not take the API keys: ${await response.text()}`);
}

async function startEmbedders(launch: Launch): Promise<Twin["embedders"]> {
  const ports = await freePorts(REGIONS.length);
  const embedders = REGIONS.map(({ name }, i) => ({
    region: name,
    child: child(launch, embedderSpec(name, ports[i] ?? 0)),
  }));
  await Promise.all(embedders.map((one) => one.child.start()));
  return embedders;
}

/** Milvus has its own copies; LanceDB's are processes that read the region's folder. */
async function startReaders(launch: Launch): Promise<Twin["readers"]> {
  const { options, secrets } = launch;
  const replicas =
    options.store === "lancedb" && options.shardReplicas > 1 ? options.shardReplicas : 0;
  const ports = await freePorts(REGIONS.length * replicas);
  const readers = REGIONS.flatMap(({ name }, i) =>
    Array.from({ length: replicas }, (_, replica) => {
      const port = ports[i * replicas + replica] ?? 0;
      const spec = shardReaderSpec(name, replica, port, options, secrets);
      return { region: name, replica, child: child(launch, spec) };
    }),
  );
  await Promise.all(readers.map((one) => one.child.start()));
  return readers;
}

async function startRegions(
  launch: Launch,
  wan: Wan,
  redis: Twin["redis"],
  embedders: Twin["embedders"],
  readers: Twin["readers"],
): Promise<Twin["regions"]> {
  const ports = await freePorts(REGIONS.length);
  const primary = REGIONS.find(({ name }) => name === PRIMARY) ?? REGIONS[0];
  const regions = await Promise.all(
    REGIONS.map(async (region, i) => {
      const others = REGIONS.flatMap((other, o) =>
        o === i ? [] : [{ other, target: url(ports[o] ?? 0) }],
      );
      const joints = {
        logUrl: await wan.link(
          `${region.name}->log`,
          region,
          primary,
          addressOf(redis, "log", PRIMARY),
        ),
        redisUrl: addressOf(redis, "region", region.name),
        embedderUrl: embedders.find((one) => one.region === region.name)?.child.spec.url ?? "",
        others: await Promise.all(
          others.map(async ({ other, target }) => ({
            name: other.name,
            invokeUrl: await wan.link(`${region.name}->${other.name}`, region, other, target),
          })),
        ),
        readers: await Promise.all(
          readers
            .filter((one) => one.region === region.name)
            .map(({ replica, child: { spec } }) =>
              wan.link(`${region.name}->shards-${replica}`, region, region, spec.url),
            ),
        ),
      };
      return {
        name: region.name,
        child: child(
          launch,
          regionSpec(region.name, ports[i] ?? 0, joints, launch.options, launch.secrets),
        ),
      };
    }),
  );
  await Promise.all(regions.map((one) => one.child.start()));
  return regions;
}

/** The log was started anew: its collections are promoted first. A region that can't see to it is not waited for for ever. */
async function untilSettled(regions: readonly SupervisedChild[]): Promise<void> {
  const endMs = performance.now() + SETTLED_MS_MAX;
  while (regions.some(({ words }) => words["settled"] !== true) && performance.now() < endMs)
    await delay(SETTLED_LOOK_MS);
}

async function startEdge(
  launch: Launch,
  wan: Wan,
  bundle: Bundle,
  locations: readonly TwinLocation[],
  redis: Twin["redis"],
  regions: Twin["regions"],
): Promise<SupervisedChild> {
  const pollMs = process.env["NEARFIELD_REGIONS_POLL_MS"];
  const configs = await Promise.all(
    locations.map(async (location) => {
      const { name, city, latitude, longitude } = location;
      const entries = await Promise.all(
        REGIONS.map(async (region) => ({
          name: region.name,
          latitude: region.latitude,
          longitude: region.longitude,
          invokeUrl: await wan.link(
            `${name}->${region.name}`,
            location,
            region,
            regions.find((one) => one.name === region.name)?.child.spec.url ?? "",
          ),
          redisUrl: await wan.link(
            `${name}->redis-${region.name}`,
            location,
            region,
            addressOf(redis, "region", region.name),
          ),
        })),
      );
      const bindings = {
        NEARFIELD_REGIONS: { primary: PRIMARY, regions: entries },
        NEARFIELD_HERE: { name, city, latitude, longitude },
        NEARFIELD_LOCATIONS: locations.map(({ nearest: _, ...entry }) => entry),
        ...(pollMs === undefined ? {} : { NEARFIELD_REGIONS_POLL_MS: Number(pollMs) }),
        NEARFIELD_DISTANCE: launch.options.wan === "on" ? "simulated" : "off",
        NEARFIELD_REDIS_TOKENS: JSON.stringify(
          Object.fromEntries(REGIONS.map((region) => [region.name, launch.secrets.redisToken])),
        ),
        NEARFIELD_CALLER_SECRET: launch.secrets.callerSecret,
        AWS_ACCESS_KEY_ID: launch.secrets.accessKeyId,
        AWS_SECRET_ACCESS_KEY: launch.secrets.secretAccessKey,
      };
      return {
        name,
        port: Number(new URL(location.url).port),
        cf: { colo: name.toUpperCase(), city },
        bindings,
      };
    }),
  );
  const edge = child(
    launch,
    edgeSpec(locations[0]?.url ?? "", {
      ...bundle,
      compatibilityDate: COMPATIBILITY_DATE,
      locations: configs,
    }),
  );
  await edge.start();
  return edge;
}

function child(launch: Launch, spec: ChildSpec): SupervisedChild {
  const made = new SupervisedChild(spec, path.join(launch.options.state, "logs"), launch.onChange);
  launch.onChild(made);
  return made;
}

function addressOf(redis: Twin["redis"], role: "log" | "region", region: string): string {
  return redis.find((one) => one.role === role && one.region === region)?.child.spec.url ?? "";
}

import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { Bell } from "../../lambdas/ports/bell.ts";
import type { Peers } from "../../lambdas/ports/peers.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { keyRecordName } from "../../shared/contracts/caller.ts";
import { SearchResult, type ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { WriteResult } from "../../shared/contracts/write-event.ts";
import { estimatedRttMs, greatCircleKm } from "../../shared/domain/great-circle.ts";
import { required } from "../../shared/std/assert.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { Random } from "../../shared/std/random.ts";
import { RegionFailure, type RegionFunctions } from "../../workers/ports/region-functions.ts";
import type { Send } from "../history/session.ts";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { LOCATIONS, PRIMARY, REGIONS } from "../twin/topology.ts";
import { edgeBugs, regionBugs, type Bug, type Serve } from "./bug.ts";
import { apiKeyOf, startEdgeProcess } from "./edge-process.ts";
import { Life } from "./life.ts";
import { SimulatedLocationCache } from "./location-cache.ts";
import { Network, type Callee, type Caller } from "./network.ts";
import { EngineTurns, EPOCH_MS, RedisHost } from "./redis-host.ts";
import { peersOver, SimulatedTermRegister } from "./promoting.ts";
import { startRegionProcess, type RegionFunctionsOf } from "./region-process.ts";
import { DistantBlobs, SimulatedBlobs } from "./simulated-blobs.ts";
import { RedisAddresses } from "./simulated-fetch.ts";
import { SimulatedStore } from "./simulated-store.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { CALM, type Weather } from "./weather.ts";

/** Processes of a region, which share its store and its Redis; isolates of a location, which share its cache. */
const PROCESSES = 2;
const ISOLATES = 2;
const SWEEP_MS = 10_000;
const FAILOVER_MS = 5_000;
const PEER_MS_MAX = 1_000;
const RING_MS_MAX = 5_000;
const CLIENT_MS_GRACE = 1_000;

export interface WorldDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  /** As many as there are Redis: the log's and one a region. */
  readonly engines: readonly JsRedis[];
  readonly tenants: readonly string[];
  readonly bug: Bug | null;
  /** Hears of what processes report. */
  readonly report: (who: string, event: string, error: unknown) => void;
}

/** A process that may be gone, and come back as another. */
interface Slot<H> {
  running: { readonly life: Life; readonly host: H } | null;
}

interface Region {
  readonly redis: RedisHost;
  readonly data: VectorStore;
  readonly slots: readonly Slot<RegionFunctionsOf>[];
}

interface Location {
  readonly cache: SimulatedLocationCache;
  readonly slots: readonly Slot<Serve>[];
}

/** The whole of nearfield in one thread: three regions, four locations, a Redis a region and the log's. */
export class World {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly log: RedisHost;
  readonly regions = new Map<string, Region>();
  readonly locations = new Map<string, Location>();
  readonly blobs = new SimulatedBlobs();
  weather: Weather = CALM;
  readonly #deps: WorldDeps;
  readonly #addresses: RedisAddresses;
  readonly #terms = new SimulatedTermRegister();
  #ids = 0;

  constructor(deps: WorldDeps) {
    const { time, random, engines } = deps;
    this.#deps = deps;
    this.time = time;
    this.network = new Network(time, random, () => this.weather, rttMs);
    this.#addresses = new RedisAddresses(this.network);
    const turns = new EngineTurns();
    const host = (name: string, place: string, number: number) => {
      const engine = required(engines[number], "an engine of each Redis");
      return new RedisHost({ name, place, engine, turns, time, random });
    };
    this.log = host("log", "log", 0);
    for (const [i, { name }] of REGIONS.entries()) {
      const redis = host(`redis-${name}`, name, i + 1);
      const slots = Array.from({ length: PROCESSES }, () => ({ running: null }));
      this.regions.set(name, { redis, data: openMemoryStore(), slots });
    }
    for (const { name } of LOCATIONS) {
      const slots = Array.from({ length: ISOLATES }, () => ({ running: null }));
      this.locations.set(name, { cache: new SimulatedLocationCache(), slots });
    }
  }

  /** What the clients' `fetch` is here. */
  get fetch(): typeof fetch {
    return this.#addresses.fetch;
  }

  async begin(): Promise<void> {
    const keys = this.#deps.tenants.map((tenant) => {
      const record = {
        keyId: "caller",
        tenant,
        scopes: ["read", "write", "admin"],
        expiresMs: null,
      };
      return ["SET", keyRecordName(sha256Hex(apiKeyOf(tenant))), JSON.stringify(record)];
    });
    await this.log.begin([]);
    for (const { redis } of this.regions.values()) await redis.begin(keys);
    for (const [name, { slots }] of this.regions)
      for (const index of slots.keys()) this.startProcess(name, index);
    for (const [name, { slots }] of this.locations)
      for (const index of slots.keys()) this.startIsolate(name, index);
  }

  startProcess(region: string, index: number): void {
    const { redis, data, slots } = this.region(region);
    const { time, random, bug, report } = this.#deps;
    const life = new Life();
    const from: Caller = { life, place: region };
    const startMs = time.nowMs;
    const host = startRegionProcess({
      region,
      redisUrl: this.#addresses.add(from, redis),
      logUrl: this.#addresses.add(from, this.log),
      store: new SimulatedStore({ data, life, time, random, weather: () => this.weather }),
      bell: this.#bell(from),
      peers: this.#peers(from),
      terms: this.#terms,
      blobs: new DistantBlobs({ data: this.blobs, life, time, random }),
      clock: { wallMs: () => EPOCH_MS + time.nowMs, monotonicMs: () => time.nowMs - startMs },
      sleep: (delayMs, signal) => life.call(() => time.sleep(delayMs, signal)),
      random,
      newId: () => this.#newId(),
      bugs: regionBugs(bug, { time }),
      report: (event, error) => report(`${region}.${index}`, event, error),
    });
    required(slots[index], "a slot").running = { life, host };
    this.#sweep(life, host, random() * SWEEP_MS);
    this.#watch(life, host, random() * FAILOVER_MS);
  }

  /** A new isolate in the place of one that is evicted. */
  startIsolate(location: string, index: number): void {
    const { cache, slots } = required(this.locations.get(location), "a location");
    const slot = required(slots[index], "a slot");
    slot.running?.life.end();
    const { time, bug, report } = this.#deps;
    const life = new Life();
    const from: Caller = { life, place: location };
    const host = startEdgeProcess({
      location,
      redisUrl: (region) => this.#addresses.add(from, this.region(region).redis),
      functions: (region) => this.#functions(from, region),
      cache: cache.seenBy(life, time),
      nowMs: () => EPOCH_MS + time.nowMs,
      newId: () => this.#newId(),
      random: this.#deps.random,
      bugs: edgeBugs(bug, { time }),
      report: (event, error) => report(`${location}.${index}`, event, error),
    });
    slot.running = { life, host };
  }

  /** How a client's request reaches a location. */
  readonly send: Send = (location, tenant, request) => {
    const { slots } = required(this.locations.get(location), "a location");
    const signal = this.time.timeout(request.deadlineMs + CLIENT_MS_GRACE);
    const label = `client ${request.method} ${location}`;
    const serve = (host: Serve) => host(tenant, request);
    return this.network.call(CLIENT, this.#callee(location, slots), label, serve, signal);
  };

  /** The address of the log for who looks at it from outside. */
  get logUrl(): string {
    return this.#addresses.add({ life: new Life(), place: "log" }, this.log);
  }

  region(name: string): Region {
    return required(this.regions.get(name), "a region");
  }

  #functions(from: Caller, region: string): RegionFunctions {
    const callee = this.#callee(region, this.region(region).slots);
    const call = async (name: "search" | "write", event: object, signal: AbortSignal) => {
      const payload = JSON.stringify(event);
      const label = `${from.place} invokes ${name} of ${region}`;
      const work = async (host: RegionFunctionsOf): Promise<unknown> =>
        JSON.parse(JSON.stringify(await host[name](JSON.parse(payload))));
      try {
        return await this.network.call(from, callee, label, work, signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw new RegionFailure(region, { cause });
      }
    };
    return {
      region,
      search: async (event, signal) => SearchResult.parse(await call("search", event, signal)),
      write: async (event, signal) => WriteResult.parse(await call("write", event, signal)),
      answer: () => Promise.reject(new Error("a history asks for no written answer")),
    };
  }

  #bell(from: Caller): Bell {
    const others = [...this.regions.keys()].filter((name) => name !== from.place);
    const ring = (region: string, event: ReplicateEvent, signal: AbortSignal) => {
      const { slots } = this.region(region);
      const label = `${from.place} rings ${region}`;
      const replicate = (host: RegionFunctionsOf) => host.replicate(event);
      return this.network.call(from, this.#callee(region, slots), label, replicate, signal);
    };
    return {
      others: others.length,
      ring: (event) => {
        for (const region of others)
          void ring(region, event, this.time.timeout(RING_MS_MAX)).catch(() => undefined);
      },
      ringAndWait: (event, signal) =>
        others.map((region) =>
          ring(region, event, signal).then(
            (reply) => ("collections" in reply && reply.collections > 0 ? region : null),
            () => null,
          ),
        ),
    };
  }

  #peers(from: Caller): Peers {
    const names = [...this.regions.keys()].filter((name) => name !== from.place);
    return peersOver(names, (region, event, signal) => {
      const callee = this.#callee(region, this.region(region).slots);
      const label = `${from.place} looks at ${region}`;
      const within = AbortSignal.any([signal, this.time.timeout(PEER_MS_MAX)]);
      return this.network.call(from, callee, label, (host) => host.replicate(event), within);
    });
  }

  #watch(life: Life, host: RegionFunctionsOf, delayMs: number): void {
    this.time.after(delayMs, "failover", () => {
      if (!life.alive) return;
      life.enter(() => {
        const watched = () => this.#watch(life, host, FAILOVER_MS);
        void host.watch().then(watched, watched);
      });
    });
  }

  #sweep(life: Life, host: RegionFunctionsOf, delayMs: number): void {
    this.time.after(delayMs, "sweep", () => {
      if (!life.alive) return;
      life.enter(() => {
        const swept = () => this.#sweep(life, host, SWEEP_MS);
        // The next sweep looks again at what this one could not read.
        void host.replicate({ op: "sweep" }).then(swept, swept);
      });
    });
  }

  #callee<H>(place: string, slots: readonly Slot<H>[]): Callee<H> {
    const { random } = this.#deps;
    const arrive = () => {
      const running = slots.flatMap((slot) => slot.running ?? []);
      return running[Math.floor(random() * running.length)] ?? null;
    };
    return { place, arrive };
  }

  /** Like a UUID, and as random as the seed. */
  #newId(): string {
    const number = (this.#ids++).toString(16).padStart(12, "0");
    const chance = Math.floor(this.#deps.random() * 0x1_0000_0000);
    return `${chance.toString(16).padStart(8, "0")}-0000-4000-8000-${number}`;
  }
}

const CLIENT: Caller = { life: new Life(), place: "client" };
const NEAR_MS = 2;

/** The log is beside its primary, and a client beside its location; others are as far as the great circle is long. */
function rttMs(from: string, to: string): number {
  const [a, b] = [placeOf(from), placeOf(to)];
  if (a === undefined || b === undefined || a === b) return NEAR_MS;
  return estimatedRttMs(greatCircleKm(a, b));
}

function placeOf(name: string) {
  const at = name === "log" ? PRIMARY : name;
  return [...REGIONS, ...LOCATIONS].find((place) => place.name === at);
}

import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { signCaller } from "../../shared/contracts/caller.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import type { Finding, FinalState, History } from "../history/check.ts";
import { afterHealing } from "../history/after-healing.ts";
import { checkHistory } from "../history/check-history.ts";
import { sightingsOf } from "../history/checks/not-vacuous.ts";
import { collectionOf, type Operation } from "../history/operation.ts";
import { readTruths } from "../history/read-truths.ts";
import { runClients } from "../history/run-clients.ts";
import type { Recorder } from "../history/session.ts";
import { numberOf } from "../history/truth.ts";
import { Workload } from "../history/workload.ts";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { smallSegments } from "../suites/small-segments.ts";
import { LOCATIONS } from "../twin/topology.ts";
import type { Bug } from "./bug.ts";
import { Chaos } from "./chaos.ts";
import { withOwnTime } from "./own-time.ts";
import { EPOCH_MS } from "./redis-host.ts";
import { CALLER_SECRET } from "./region-process.ts";
import { VirtualTime } from "./virtual-time.ts";
import { CALM, drawWeather } from "./weather.ts";
import { World } from "./world.ts";

const TENANTS = ["north", "south"];
const COLLECTION = "things";
/** After the last fault and write, until all regions are to be level. */
const QUIET_MS = 20_000;
const LONGEST_MS = 120_000;
/** Share of the operations after which a client pauses. */
const PAUSES = 0.15;

export interface SeedOptions {
  readonly seed: number;
  readonly ops: number;
  readonly engines: readonly JsRedis[];
  readonly bug: Bug | null;
  /** What the run must have shown; without: nothing. */
  readonly wanted: readonly string[];
  /** Hears of each event. */
  readonly onEvent: ((line: string) => void) | null;
}

export interface SeedResult {
  readonly seed: number;
  readonly operations: readonly Operation[];
  readonly checks: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Of two runs of a seed it is the same. */
  readonly trace: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly sightings: Readonly<Record<string, number>>;
}

/** One world from its beginning to its end, and what the checks say of it. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { seed, engines, bug, onEvent } = options;
  const time = new VirtualTime(onEvent);
  const random = seededRandom(seed);
  const report = (who: string, event: string, error: unknown) =>
    time.note(`${who} reports ${event}: ${error instanceof Error ? error.message : String(error)}`);
  const world = new World({ time, random, engines, tenants: TENANTS, bug, report });
  return withOwnTime(time, world.fetch, async () => {
    const ended: { result: SeedResult | null; failure: Error | null } = {
      result: null,
      failure: null,
    };
    live(world, random, options).then(
      (result) => (ended.result = result),
      (failure: Error) => (ended.failure = failure),
    );
    await time.runUntil(() => ended.result !== null || ended.failure !== null);
    if (ended.failure !== null) throw ended.failure;
    return required(ended.result, "it ended");
  });
}

async function live(world: World, random: Random, options: SeedOptions): Promise<SeedResult> {
  const { time } = world;
  await world.begin();
  const recorder: Recorder = { send: world.send, nowMs: () => time.nowMs };
  for (const tenant of TENANTS) await createCollection(world, tenant, 1 + Math.floor(random() * 3));
  await time.wait(2_000, "all know the collections");
  const chaos = new Chaos(world, random);
  world.weather = { ...drawWeather(random), ...options.bug?.weather };
  chaos.begin();
  const operations = await load(world, random, recorder, options.ops);
  chaos.end();
  world.weather = CALM;
  await time.wait(QUIET_MS, "quiet");
  const after = await afterHealing(recorder, TENANTS, COLLECTION, operations.length);
  await time.wait(QUIET_MS, "quiet again");
  const log = new UpstashLog(
    createUpstashClient(world.logUrl, "token"),
    smallSegments(world.blobs),
  );
  const truths = await readTruths(log, COLLECTION, time.timeout(LONGEST_MS));
  const finals = await readFinals(world);
  const all = [...operations, ...after.operations];
  const { counts } = chaos;
  const segments = (await world.blobs.list("segments/", Number.MAX_SAFE_INTEGER)).length;
  const { lost, doubled } = world.network;
  const sightings = { ...counts, lost, doubled, segments };
  const history: History = { operations: all, truths, finals, sightings, wanted: options.wanted };
  const verdict = checkHistory(history);
  for (const operation of all) time.note(JSON.stringify(operation));
  return {
    seed: options.seed,
    operations: all,
    checks: { ...verdict.checks, healed: after.findings.length },
    findings: [...verdict.findings, ...after.findings],
    trace: time.trace,
    events: time.fired,
    virtualMs: time.nowMs,
    sightings: sightingsOf(history),
  };
}

/** Callers, each asking one thing after another, at the seed's own pace. */
async function load(
  world: World,
  random: Random,
  recorder: Recorder,
  ops: number,
): Promise<Operation[]> {
  const { time } = world;
  const clients = 4 + Math.floor(random() * 5);
  // Bursts, and pauses between them that are longer than most bounds.
  const burstMs = 20 + random() ** 2 * 1_000;
  const pauseMs = 5_000 + random() * 55_000;
  const workload = new Workload(
    {
      clients,
      tenants: TENANTS,
      collection: COLLECTION,
      locations: LOCATIONS.map(({ name }) => name),
      ids: 4 + Math.floor(random() * 20),
      readMs: 2_000,
      writeMs: 4_000,
    },
    random,
  );
  const think = () => {
    const meanMs = random() < PAUSES ? pauseMs : burstMs;
    return time.wait(-Math.log(1 - random()) * meanMs, "think");
  };
  return runClients(workload, recorder, ops, think);
}

async function createCollection(world: World, tenant: string, shards: number): Promise<void> {
  const body = {
    name: COLLECTION,
    spaces: { v: { model: "none", dimension: 8 } },
    fields: { g: "number", w: "number" },
    shards,
  };
  const reply = await world.send("iad", tenant, {
    method: "POST",
    path: "/v1/collections",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    deadlineMs: 10_000,
  });
  if (reply.status !== 201 && reply.status !== 200)
    throw new Error(`no collection: ${reply.status} ${reply.text}`);
}

/** What each region shows, asked of one of its processes. */
async function readFinals(world: World): Promise<FinalState[]> {
  const finals: FinalState[] = [];
  for (const [region, { slots }] of world.regions) {
    for (const tenant of TENANTS) {
      const host = slots.flatMap(({ running }) => running ?? [])[0]?.host;
      const caller = { tenant, keyId: "caller", scopes: ["read" as const] };
      const result = await host?.search({
        op: "list",
        requestId: "final",
        traceparent: "00-0",
        context: signCaller(caller, CALLER_SECRET, EPOCH_MS + world.time.nowMs),
        deadlineMs: 20_000,
        collection: COLLECTION,
        freshness: { consistency: "eventual", maxStalenessMs: 0, token: null },
        filter: null,
        after: null,
        limit: 1_000,
      });
      if (result?.kind !== "documents") throw new Error(`${region} shows nothing`);
      finals.push({
        region,
        collection: collectionOf({ tenant, collection: COLLECTION }),
        position: result.served.point.position,
        documents: result.documents.map(({ id, metadata, position }) => ({
          id,
          value: numberOf(metadata?.["w"]),
          position,
        })),
      });
    }
  }
  return finals;
}

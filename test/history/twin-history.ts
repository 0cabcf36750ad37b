import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "../../shared/std/random.ts";
import type { RunningTwin } from "../flows/start-twin.ts";
import { LOCATIONS } from "../twin/topology.ts";
import { afterHealing } from "./after-healing.ts";
import type { FinalState, Finding, History } from "./check.ts";
import { checkHistory } from "./check-history.ts";
import { sightingsOf } from "./checks/not-vacuous.ts";
import { Nemesis } from "./nemesis.ts";
import type { Operation } from "./operation.ts";
import { readTruths } from "./read-truths.ts";
import { runClients } from "./run-clients.ts";
import type { Recorder, Send } from "./session.ts";
import { TwinPlaces } from "./twin-places.ts";
import { Workload } from "./workload.ts";

const TENANTS = ["north", "south"];
const COLLECTION = "things";
/** After the last fault and write, until all regions are to be level. */
const CONVERGED_MS_MAX = 30_000;
const LOG_MS_MAX = 60_000;
/** Processes that were killed last are started again by whoever watches over them: on a busy machine that takes its time. */
const REVIVED_MS_MAX = 60_000;

export interface TwinHistoryOptions {
  readonly ops: number;
  readonly seed: number;
  readonly clients: number;
  /** Mean time that a client waits between two operations, ms. */
  readonly thinkMs: number;
  /** Mean time from one incident to the next, ms. */
  readonly everyMs: number;
  readonly lastsMs: number;
  readonly wanted: readonly string[];
  /** What requests are sent through; left out: as they are. */
  readonly through?: (send: Send) => Send;
}

export interface TwinHistoryResult {
  readonly operations: readonly Operation[];
  readonly checks: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly sightings: Readonly<Record<string, number>>;
  readonly tookS: number;
}

/** A load on a running twin while its nemesis is at work, and what the checks say of it. */
export async function runTwinHistory(
  twin: RunningTwin,
  options: TwinHistoryOptions,
): Promise<TwinHistoryResult> {
  const startMs = performance.now();
  const places = await TwinPlaces.open(twin, TENANTS);
  const recorder: Recorder = {
    send: options.through?.(places.send) ?? places.send,
    nowMs: () => performance.now(),
  };
  for (const tenant of TENANTS) await createCollection(places, tenant);
  const random = seededRandom(options.seed);
  const nemesis = new Nemesis({ twin, random: seededRandom(options.seed + 1), ...options });
  const running = nemesis.run();
  const operations = await runClients(
    new Workload(
      {
        clients: options.clients,
        tenants: TENANTS,
        collection: COLLECTION,
        locations: LOCATIONS.map(({ name }) => name),
        ids: 20,
        readMs: 3_000,
        writeMs: 6_000,
      },
      random,
    ),
    recorder,
    options.ops,
    () => delay(-Math.log(1 - random()) * options.thinkMs),
  );
  nemesis.end();
  await running;
  await until(places, recorder, REVIVED_MS_MAX, ({ position }) => position >= 0);
  const after = await afterHealing(recorder, TENANTS, COLLECTION, operations.length);
  const truths = await readTruths(places.log, COLLECTION, AbortSignal.timeout(LOG_MS_MAX));
  const finals = await until(
    places,
    recorder,
    CONVERGED_MS_MAX,
    ({ collection, position }) => truths.get(collection)?.head === position,
  );
  const all = [...operations, ...after.operations];
  const history: History = {
    operations: all,
    truths,
    finals,
    sightings: nemesis.counts,
    wanted: options.wanted,
  };
  const { checks, findings } = checkHistory(history);
  return {
    operations: all,
    checks: { ...checks, healed: after.findings.length },
    findings: [...findings, ...after.findings],
    sightings: sightingsOf(history),
    tookS: Math.round((performance.now() - startMs) / 100) / 10,
  };
}

async function createCollection(places: TwinPlaces, tenant: string): Promise<void> {
  const body = {
    name: COLLECTION,
    spaces: { v: { model: "none", dimension: 8 } },
    fields: { g: "number", w: "number" },
    shards: 2,
  };
  const { status, text } = await places.send("iad", tenant, {
    method: "POST",
    path: "/v1/collections",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    deadlineMs: 30_000,
  });
  if (status !== 201 && status !== 200) throw new Error(`no collection: ${status} ${text}`);
}

/** What all regions show once something is true of each of them, or when the time for that is up. */
async function until(
  places: TwinPlaces,
  recorder: Recorder,
  waitMsMax: number,
  holds: (final: FinalState) => boolean,
): Promise<FinalState[]> {
  const endMs = performance.now() + waitMsMax;
  for (;;) {
    const finals = await places.finals(recorder, TENANTS, COLLECTION);
    if (finals.every(holds) || performance.now() > endMs) return finals;
    await delay(300);
  }
}

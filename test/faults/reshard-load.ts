import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { listAll } from "./writers.ts";

const DOCUMENTS = 2_000;
const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const LOCATIONS = ["iad", "fra", "sin", "gru"];

export interface Load {
  readonly readsPerS: number;
  readonly writesPerS: number;
}

/**
 * A collection of 2,000 documents goes from 4 shards to 6 in three regions under load, and a region is killed in each phase that
 * is seen: no read and no write fails, and afterwards every location lists every acknowledged document once.
 */
export async function reshardUnderLoad(load: Load): Promise<void> {
  const twin = await startTwin();
  try {
    const client = await twin.client("iad", { retriesMax: 2 });
    await client.createCollection({ ...vectorCollection("v"), shards: 4 });
    for (let start = 0; start < DOCUMENTS; start += 500) {
      const documents = Array.from({ length: 500 }, (_, i) => documentOf(start + i));
      await client.putDocuments({ collection: "v", documents });
    }
    const written = await moveUnderLoad(twin, client, load);
    await listedOnce(twin, DOCUMENTS + written);
  } finally {
    await twin.stop();
    await twin.remove();
  }
}

function documentOf(n: number) {
  return { id: `d${n}`, vectors: { v: vectorOf(n) }, metadata: { n } };
}

/** Where each region is: `4`, `waiting`, `copying`, `catching-up` or `6`; `away` where it can't be asked. */
async function phases(client: NearfieldOperator): Promise<Map<string, string>> {
  const { regions } = await client.status();
  return new Map(
    regions.map(({ name, collections }) => {
      const view = collections.find((one) => one.name === "v");
      return [name, view === undefined ? "away" : (view.resharding?.phase ?? String(view.shards))];
    }),
  );
}

async function kill(twin: RunningTwin, region: string): Promise<void> {
  const { regions } = await twin.report();
  const found = regions.find(({ name }) => name === region);
  if (found !== undefined) process.kill(found.pid, "SIGKILL");
}

/** Reads and writes by the clock, from every location, until it is ended. */
function startLoad(clients: readonly NearfieldOperator[], { readsPerS, writesPerS }: Load) {
  const failures: unknown[] = [];
  const acknowledged = new Set<number>();
  const underWay = new Set<Promise<void>>();
  const track = (work: Promise<void>) => {
    const tracked: Promise<void> = work
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  let reads = 0;
  let writes = 0;
  const read = async (n: number) => {
    const from = required(clients[n % clients.length], "a client");
    // Every second read is of a query that is asked again and again, the others are new.
    const wanted = n % 2 === 0 ? n % 20 : n % DOCUMENTS;
    const k = n % 2 === 0 ? 10 : 1 + (n % 97);
    const query = { vector: vectorOf(wanted), space: "v" };
    const { hits, coverage } = await from.retrieve({ collection: "v", query, k });
    const ids = hits.map(({ id }) => id);
    if (coverage.missing.length > 0) throw new Error("a shard is missing");
    if (ids[0] !== `d${wanted}`) throw new Error(`asked for d${wanted}, got ${ids[0]}`);
    if (new Set(ids).size !== ids.length) throw new Error(`twice in ${ids.join()}`);
  };
  const write = async (n: number) => {
    const from = required(clients[n % clients.length], "a client");
    await from.putDocuments({ collection: "v", documents: [documentOf(n)], deadlineMs: 30_000 });
    acknowledged.add(n);
  };
  const timers = [
    setInterval(() => track(read(reads++)), 1_000 / readsPerS),
    setInterval(() => track(write(DOCUMENTS + writes++)), 1_000 / writesPerS),
  ];
  return {
    failures,
    acknowledged,
    counts: () => ({ reads, writes }),
    async end() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** @returns how many documents were written */
async function moveUnderLoad(
  twin: RunningTwin,
  client: NearfieldOperator,
  asked: Load,
): Promise<number> {
  const clients = await Promise.all(
    LOCATIONS.map((location) => twin.client(location, { retriesMax: 2 })),
  );
  const load = startLoad(clients, asked);
  await delay(2_000);
  await client.reshard("v", { shards: 6 });
  const seen = new Set<string>();
  const killed = new Set<string>();
  // Whichever region is first seen in a phase is killed there: once in each phase, and once when it has just moved.
  await until(
    async () => {
      await delay(200);
      const now = await phases(client).catch(() => new Map<string, string>());
      for (const [region, phase] of now) {
        seen.add(phase);
        if (phase === "away" || phase === "4" || killed.has(phase)) continue;
        killed.add(phase);
        await kill(twin, region);
      }
      return REGIONS.every((region) => now.get(region) === "6");
    },
    180_000,
    () => `not all regions have moved; seen: ${[...seen].join()}`,
  );
  await delay(2_000);
  await load.end();
  const { reads, writes } = load.counts();
  expect(load.failures).toEqual([]);
  expect(reads).toBeGreaterThan(asked.readsPerS);
  expect(load.acknowledged.size).toBe(writes);
  expect(killed).toContain("6");
  return writes;
}

/** Documents 0 to `count` - 1 are what every location lists, each once. */
async function listedOnce(twin: RunningTwin, count: number): Promise<void> {
  const expected = new Set(Array.from({ length: count }, (_, n) => `d${n}`));
  for (const location of LOCATIONS) {
    const listed = await listAll(twin, location);
    expect(listed.length).toBe(expected.size);
    expect(new Set(listed)).toEqual(expected);
  }
}

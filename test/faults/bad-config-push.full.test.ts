import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { RegionsStanding } from "../../shared/contracts/regions-record.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { LOCATIONS } from "../twin/topology.ts";
import { badRecords, pushRegions, regionsRecord } from "./push-regions.ts";

const CLI = fileURLToPath(new URL("../../shared/cli/main.ts", import.meta.url));
const run = promisify(execFile);
const TAKEN_MS_MAX = 20_000;
const LOOK_MS = 400;
const DOCUMENTS = 100;
const READS_PER_S = 12;
const REGION = "eu-central-1";

let twin: RunningTwin;
let clients: ReadonlyMap<string, NearfieldOperator>;
let load: Load;
/** Of all loads: a query that came before might be answered from a cache. */
let asked = 0;

/** Reads from all locations in turn, by the clock, that no cache has. */
class Load {
  readonly failures: unknown[] = [];
  readonly regions: { readonly location: string; readonly region: string }[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      const read = this.#read(asked++).finally(() => this.#underWay.delete(read));
      this.#underWay.add(read);
    }, 1_000 / READS_PER_S);
  }

  /** Resolves when all that is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.settled();
  }

  async #read(n: number): Promise<void> {
    const location = LOCATIONS[n % LOCATIONS.length]?.name ?? "";
    const wanted = n % DOCUMENTS;
    const query = { vector: vectorOf(wanted), space: "v" };
    try {
      const k = 1 + (n % 97); // Prime to the number of documents, so that no query comes twice.
      const request = { collection: "v", query, k, deadlineMs: 9_000 };
      const reply = await clients.get(location)?.retrieve(request);
      const first = reply?.hits[0]?.id;
      if (first !== `d${wanted}`) this.failures.push(`asked for d${wanted}, got ${first}`);
      this.regions.push({ location, region: reply?.region ?? "" });
    } catch (error) {
      this.failures.push(error);
    }
  }
}

beforeAll(async () => {
  twin = await startTwin({ env: { NEARFIELD_REGIONS_POLL_MS: "100" } });
  clients = new Map(
    await Promise.all(LOCATIONS.map(async ({ name }) => [name, await twin.client(name)] as const)),
  );
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({
    id: `d${n}`,
    vectors: { v: vectorOf(n) },
  }));
  const client = await twin.client("iad");
  await client.createCollection(vectorCollection("v"));
  await client.putDocuments({ collection: "v", documents, waitFor: "all", deadlineMs: 30_000 });
  load = new Load();
});
afterAll(async () => {
  await load.end();
  await twin.stop();
  await twin.remove();
});

/** Waits until every location says so of what it serves. */
async function everywhere(
  is: (standing: RegionsStanding) => boolean,
  what: string,
): Promise<RegionsStanding[]> {
  return Promise.all(
    [...clients].map(async ([name, client]) => {
      let standing: RegionsStanding | null = null;
      await until(
        async () => {
          await delay(LOOK_MS); // Its status costs each location a call of every region.
          return is((standing = (await client.status()).regionsRecord));
        },
        TAKEN_MS_MAX,
        () => `${name} does not serve ${what}: ${JSON.stringify(standing)}`,
      );
      return standing ?? { version: -1, rejected: null };
    }),
  );
}

/** Calls from locations to a region's functions so far. */
async function callsOf(region: string): Promise<number> {
  const { control } = await twin.report();
  const links = (await (await fetch(`${control}/links`)).json()) as {
    readonly name: string;
    readonly requests: number;
  }[];
  const ways = new Set(LOCATIONS.map(({ name }) => `${name}->${region}`));
  return links.reduce((sum, { name, requests }) => sum + (ways.has(name) ? requests : 0), 0);
}

test("bad-config-push: records that are empty, too large, strange or older, pushed to all regions, change nothing; the version before is served, and each is told", async () => {
  await pushRegions(twin, JSON.stringify(regionsRecord(5)));
  await everywhere(({ version }) => version === 5, "the first record");
  for (const { text, reason, version } of badRecords(5)) {
    await pushRegions(twin, text);
    const standings = await everywhere(
      ({ rejected }) => rejected?.reason === reason && rejected.version === version,
      `on after a record that is ${reason}`,
    );
    for (const standing of standings) {
      expect(standing.version).toBe(5);
      expect(standing.rejected?.served).toBe(5);
    }
  }
  const { locations, key } = await twin.report();
  const metrics = await fetch(`${locations[0]?.url}/metrics`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const series = (await metrics.text()).split("\n");
  expect(series).toContain("nearfield_edge_regions_version 5");
  expect(series).toContain("nearfield_edge_regions_rejected_version 4");
  expect(series.join("\n")).toMatch(
    /nearfield_edge_regions_rejections_total\{reason="older"\} [1-9]/,
  );
  expect(load.regions.some(({ region }) => region === REGION)).toBe(true);
  expect(load.failures).toEqual([]);
}, 120_000);

test("a good one is taken at every location: the region that it switches off gets no read, goes on replicating, and nothing fails", async () => {
  await pushRegions(twin, JSON.stringify(regionsRecord(6, [REGION])));
  await everywhere(({ version }) => version === 6, "the newer record");
  const written = await clients.get("fra")?.putDocuments({
    collection: "v",
    documents: [{ id: "meanwhile", vectors: { v: vectorOf(9_000) } }],
    waitFor: "all",
    deadlineMs: 30_000,
  });
  expect(written?.regions).toContain(REGION);
  await load.settled();
  const calls = await callsOf(REGION);
  load.regions.length = 0;
  await until(
    () => load.regions.length > 3 * READS_PER_S,
    TAKEN_MS_MAX,
    () => "reads stand still",
  );
  expect(await callsOf(REGION)).toBe(calls);
  expect(load.regions.map(({ region }) => region)).not.toContain(REGION);
  expect(load.failures).toEqual([]);
}, 60_000);

test("an isolate that begins anew after an older record was pushed serves the newest that is known", async () => {
  await load.end();
  await pushRegions(twin, JSON.stringify(regionsRecord(4)));
  const pidOf = async () => (await twin.report()).locations.find(({ name }) => name === "fra")?.pid;
  const before = await pidOf();
  process.kill(before ?? 0, "SIGKILL");
  const client = await twin.client("fra");
  const standing = async () =>
    client.status().then(
      ({ regionsRecord: told }) => told,
      () => null,
    );
  await until(
    async () => (await pidOf()) !== before && (await standing())?.rejected?.reason === "older",
    TAKEN_MS_MAX,
    () => "Frankfurt does not come back, or takes what is older",
  );
  expect((await standing())?.version).toBe(6);
  load = new Load();
}, 60_000);

test("the command shows what is served, and switches a region on and off everywhere", async () => {
  const command = async (...args: string[]) =>
    (await run(process.execPath, [CLI, "regions", ...args, "--state", twin.state])).stdout;
  expect(await command()).toMatch(
    /^fra: version 6, reads off in eu-central-1; rejected version 4/m,
  );
  // Above the record of the bad push, and of the one that is kept.
  expect(await command("--on", REGION)).toMatch(
    /^Version 7 is published in us-east-1, eu-central-1, ap-southeast-1;/,
  );
  await everywhere(({ version }) => version === 7, "what was published");
  expect(await command("--on", REGION)).toBe("Nothing to do: version 7 says so already.\n");
  load.regions.length = 0;
  await until(
    () => load.regions.some(({ location, region }) => location === "fra" && region === REGION),
    TAKEN_MS_MAX,
    () => "the region that was switched on serves no read",
  );
  const all = regionsRecord(8).regions.map(({ name }) => name);
  await expect(command("--off", ...all)).rejects.toMatchObject({
    stderr: expect.stringContaining("reads of at least one region are on"),
  });
  expect(load.failures).toEqual([]);
}, 60_000);

test("an older record, one that is strange, and a caller without the scope are refused by the route", async () => {
  const client = await twin.client("fra");
  await expect(client.publishRegions(regionsRecord(7, [REGION]))).rejects.toMatchObject({
    status: 409,
    code: "regions-outdated",
  });
  const strange = { version: 8, regions: [{ name: "eu-north-1", reads: "on" as const }] };
  await expect(client.publishRegions(strange)).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/regions/0/name", message: "no such region" }],
  });
  const { locations, readKey } = await twin.report();
  const reader = new NearfieldOperator({ url: locations[0]?.url ?? "", key: readKey });
  await expect(reader.regions()).rejects.toMatchObject({ code: "forbidden" });
  await expect(reader.publishRegions(regionsRecord(8))).rejects.toMatchObject({
    code: "forbidden",
  });
  const { version, stores } = await client.regions();
  expect([version, ...stores.map((store) => store.version)]).toEqual([7, 7, 7, 7]);
});

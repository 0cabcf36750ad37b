import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import type { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import { watchListKeys } from "../../shared/contracts/watch-list.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";

/** The location that asks, and its nearest region. */
const LOCATION = "fra";
const REGION = "eu-central-1";
const NAME = "watched";
/** A bound that passes quickly, and is kept by a look at the list. */
const BOUND_MS = 1_000;
const LATER_MS = BOUND_MS + 200;

let twin: RunningTwin;
let client: NearfieldClient;
let incarnation: string;

beforeAll(async () => {
  twin = await startTwin({ args: ["--wan", "off"] });
  client = await twin.client(LOCATION, { session: true });
  const made = await client.createCollection({
    name: NAME,
    spaces: { v: { model: "none", dimension: 2 } },
    fields: { colour: "string" },
    lexical: { weight: 0 },
    shards: 2,
  });
  incarnation = made.incarnation;
  await put(
    Array.from({ length: 20 }, (_, i) => ({ id: `d${i}`, degrees: 10 * i, colour: "blue" })),
  );
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

interface Dot {
  readonly id: string;
  /** Its direction: the nearest to a direction are those of the least difference. */
  readonly degrees: number;
  readonly colour?: string;
}

async function put(dots: readonly Dot[]): Promise<number> {
  const documents = dots.map(({ id, degrees, colour }) => ({
    id,
    text: `word ${id}`,
    vectors: { v: toVector(degrees) },
    metadata: colour === undefined ? {} : { colour },
  }));
  const { position } = await client.putDocuments({ collection: NAME, documents });
  return position;
}

function toVector(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

/** Without the writer's session, whose token would ask for more than the bound does. */
async function ask(degrees: number, more: object = {}, location = LOCATION) {
  const asker = await twin.client(location);
  const query = { vector: toVector(degrees), space: "v" };
  return asker.retrieve({ collection: NAME, query, k: 3, maxStalenessMs: BOUND_MS, ...more });
}

/** Asked twice, with the bound between: from then on it is on the list. */
async function watched(degrees: number, more: object = {}) {
  await ask(degrees, more);
  await delay(LATER_MS);
  const { tier } = await ask(degrees, more);
  expect(tier).toBe("region");
  await delay(LATER_MS);
}

async function reached(position: number): Promise<void> {
  await until(
    async () =>
      ((await list()).get("m") ?? "") === String(position) ||
      Number((await list()).get("m")) > position,
    10_000,
    () => `the list does not reach position ${position}`,
  );
}

/** Of the region that computed the answers. */
async function redis() {
  const report = await twin.report();
  const { url } = required(
    report.redis.find(({ role, region }) => role === "region" && region === REGION),
    "a Redis a region",
  );
  const secrets = JSON.parse(await readFile(path.join(twin.state, "secrets.json"), "utf8"));
  return createUpstashClient(url, String(secrets.redisToken));
}

async function list(): Promise<Map<string, string>> {
  const values: unknown = await (await redis()).hgetall(watchListKeys(incarnation).list);
  const flat = Array.isArray(values) ? values.map(String) : [];
  return new Map(
    flat.flatMap((field, i): [string, string][] =>
      i % 2 === 0 ? [[field, flat[i + 1] ?? ""]] : [],
    ),
  );
}

async function calls(link: string): Promise<number> {
  const { control } = await twin.report();
  const all = (await (await fetch(`${control}/links`)).json()) as {
    readonly name: string;
    readonly requests: number;
  }[];
  return required(
    all.find(({ name }) => name === link),
    "there is such a link",
  ).requests;
}

const regionCalls = () => calls(`${LOCATION}->${REGION}`);
const idsOf = ({ hits }: { readonly hits: readonly { readonly id: string }[] }) =>
  hits.map(({ id }) => id);

describe("an answer that was asked for twice", () => {
  test("stays what it is past its bound when a write does not alter it, and its region is not called", async () => {
    await watched(31);
    const position = await put([{ id: "far", degrees: 200 }]);
    await reached(position);
    const before = await regionCalls();
    const found = await ask(31);
    expect(found).toMatchObject({ tier: "isolate", region: REGION });
    expect(idsOf(found)).toEqual(["d3", "d4", "d2"]);
    expect(found.servedPosition).toBeGreaterThanOrEqual(position);
    expect(found.stalenessMs).toBeLessThanOrEqual(BOUND_MS);
    expect(await regionCalls()).toBe(before);
  });

  test("is computed anew at every location within the bound when a write alters it", async () => {
    const everywhere = ["iad", "fra", "sin", "gru"];
    for (let round = 0; round < 2; round++) {
      await Promise.all(everywhere.map((location) => ask(61, {}, location)));
      await delay(LATER_MS);
    }
    await put([{ id: "near", degrees: 61.5 }]);
    await delay(LATER_MS);
    for (const location of everywhere) expect(idsOf(await ask(61, {}, location))[0]).toBe("near");
    await client.deleteDocument({ collection: NAME, id: "near" });
    await delay(LATER_MS);
    for (const location of everywhere)
      expect(idsOf(await ask(61, {}, location))).not.toContain("near");
  });

  test("is left alone by what its filter keeps out, and altered by what it lets in", async () => {
    const filter = { colour: "red" };
    await put([{ id: "red", degrees: 100, colour: "red" }]);
    await delay(LATER_MS);
    await watched(92, { filter });
    const before = await regionCalls();
    await reached(await put([{ id: "blue", degrees: 92.1, colour: "blue" }]));
    expect(idsOf(await ask(92, { filter }))).toEqual(["red"]);
    expect(await regionCalls()).toBe(before);
    await put([{ id: "red2", degrees: 93, colour: "red" }]);
    await delay(LATER_MS);
    expect(idsOf(await ask(92, { filter }))).toEqual(["red2", "red"]);
  });

  test("of words is computed anew after any write", async () => {
    const words = { query: { text: "word", space: "lexical" }, k: 100 };
    await watched(0, words);
    await put([{ id: "worded", degrees: 250 }]);
    await delay(LATER_MS);
    expect(idsOf(await ask(0, words))).toContain("worded");
  });

  test("is what a writer and a strong reader must see, at once", async () => {
    await watched(121);
    await put([{ id: "own", degrees: 121 }]);
    const query = { vector: toVector(121), space: "v" };
    expect(idsOf(await client.retrieve({ collection: NAME, query, k: 3 }))[0]).toBe("own");
    await put([{ id: "own2", degrees: 121.01 }]);
    expect(idsOf(await ask(121, { consistency: "strong" }))).toContain("own2");
  });

  test("when its list is lost is only asked about in the region, and watched again", async () => {
    await watched(151);
    const { list: name, records } = watchListKeys(incarnation);
    await (await redis()).del(name, records);
    await put([{ id: "lost", degrees: 151 }]);
    await delay(LATER_MS);
    expect(idsOf(await ask(151))[0]).toBe("lost");
    // Whatever was lost, what is asked for again is watched again.
    await until(
      async () => {
        await delay(LATER_MS);
        await ask(151);
        return [...(await list()).keys()].some((field) => field.startsWith("e:"));
      },
      15_000,
      () => "the answer is not watched again",
    );
  });

  test("when its region's Redis hangs is answered all the same, within the bound", async () => {
    await watched(171);
    const { redis } = await twin.report();
    const { pid } = required(
      redis.find(({ role, region }) => role === "region" && region === REGION),
      "a Redis a region",
    );
    const far = await twin.client("iad", { session: true });
    process.kill(pid, "SIGSTOP");
    try {
      const documents = [{ id: "meanwhile", vectors: { v: toVector(171) } }];
      await far.putDocuments({ collection: NAME, documents });
      await delay(LATER_MS);
      expect(idsOf(await ask(171))[0]).toBe("meanwhile");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await delay(LATER_MS);
    expect(idsOf(await ask(171))[0]).toBe("meanwhile");
  });
});

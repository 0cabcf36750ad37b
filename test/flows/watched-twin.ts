import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import type { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import { watchListKeys } from "../../shared/contracts/watch-list.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";

/** The location that asks, and its nearest region. */
export const LOCATION = "fra";
export const REGION = "eu-central-1";
const NAME = "watched";
/** A bound that passes quickly, and is kept by a look at the list. */
export const BOUND_MS = 1_000;
const LATER_MS = BOUND_MS + 200;

/** A document, and its direction: the nearest to a direction are those of the least difference. */
interface Dot {
  readonly id: string;
  readonly degrees: number;
  readonly colour?: string;
}

/** A twin with a collection of 20 directions, of which every right answer is known. */
export class WatchedTwin {
  readonly twin: RunningTwin;
  /** The writer, with a session. */
  readonly client: NearfieldClient;
  readonly #incarnation: string;
  #questions = 0;

  private constructor(twin: RunningTwin, client: NearfieldClient, incarnation: string) {
    this.twin = twin;
    this.client = client;
    this.#incarnation = incarnation;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<WatchedTwin> {
    const twin = await startTwin({ args: ["--wan", "off"], env });
    const client = await twin.client(LOCATION, { session: true });
    const { incarnation } = await client.createCollection({
      name: NAME,
      spaces: { v: { model: "none", dimension: 2 } },
      fields: { colour: "string" },
      lexical: { weight: 0 },
      shards: 2,
    });
    const started = new WatchedTwin(twin, client, incarnation);
    const dots = Array.from({ length: 20 }, (_, i) => ({ id: `d${i}`, degrees: 10 * i }));
    await started.put(dots.map((dot) => ({ ...dot, colour: "blue" })));
    return started;
  }

  async end(): Promise<void> {
    await this.twin.stop();
    await this.twin.remove();
  }

  /** @returns the position of the last */
  async put(dots: readonly Dot[], writer: NearfieldClient = this.client): Promise<number> {
    const documents = dots.map(({ id, degrees, colour }) => ({
      id,
      text: `word ${id}`,
      vectors: { v: toVector(degrees) },
      metadata: colour === undefined ? {} : { colour },
    }));
    return (await writer.putDocuments({ collection: NAME, documents })).position;
  }

  async remove(id: string): Promise<void> {
    await this.client.deleteDocument({ collection: NAME, id });
  }

  /** Ids of the three nearest; without the writer's session, whose token would ask for more than the bound does. */
  async ids(degrees: number, more: object = {}, location = LOCATION): Promise<string[]> {
    return idsOf(await this.ask(degrees, more, await this.twin.client(location)));
  }

  async ask(degrees: number, more: object = {}, asker?: NearfieldClient) {
    const client = asker ?? (await this.twin.client(LOCATION));
    return client.retrieve(this.request(degrees, more));
  }

  /** Asks for the three nearest to a direction. */
  request(degrees: number, more: object = {}) {
    const query = { vector: toVector(degrees), space: "v" };
    return { collection: NAME, query, k: 3, maxStalenessMs: BOUND_MS, ...more };
  }

  /** What the reply says of the caches, in its header. */
  async cacheStatus(degrees: number, more: object = {}): Promise<string | null> {
    const { locations, key } = await this.twin.report();
    const { url } = required(
      locations.find(({ name }) => name === LOCATION),
      "the location that asks",
    );
    const response = await fetch(`${url}/v1/retrieve`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(this.request(degrees, more)),
    });
    await response.body?.cancel();
    return response.headers.get("cache-status");
  }

  /** Ends a location's process, and waits for the next one. */
  async killLocation(name: string): Promise<void> {
    const pidOf = async () =>
      (await this.twin.report()).locations.find((one) => one.name === name)?.pid;
    const before = required(await pidOf(), "a process a location");
    process.kill(before, "SIGKILL");
    const client = await this.twin.client(name);
    await until(
      async () =>
        (await pidOf()) !== before && (await client.collections().catch(() => null)) !== null,
      15_000,
      () => `${name} does not come back`,
    );
  }

  /** Asked twice, with the bound between: from then on it is on the list, and past its bound. */
  async watched(degrees: number, more: object = {}): Promise<void> {
    await this.ask(degrees, more);
    await this.later();
    expect(await this.ask(degrees, more)).toMatchObject({ tier: "region" });
    await this.later();
  }

  /** Past the bound. */
  async later(): Promise<void> {
    await delay(LATER_MS);
  }

  /** Waits for the list of the region that is asked to be right up to a position. */
  async reached(position: number): Promise<void> {
    await until(
      async () => Number((await this.list()).get("m")) >= position,
      10_000,
      () => `the list does not reach position ${position}`,
    );
  }

  /** The location hears the log's time anew, by a question that it was never asked: what a list says is dated by that. */
  async hears(): Promise<void> {
    this.#questions += 1;
    expect(await this.ask(300 + this.#questions / 10)).toMatchObject({ tier: "region" });
  }

  /** The region's list, field by field. */
  async list(): Promise<Map<string, string>> {
    const redis = await this.#redis();
    const values: unknown = await redis.hgetall(watchListKeys(this.#incarnation).list);
    const flat = Array.isArray(values) ? values.map(String) : [];
    const pairs = flat.flatMap((field, i): [string, string][] =>
      i % 2 === 0 ? [[field, flat[i + 1] ?? ""]] : [],
    );
    return new Map(pairs);
  }

  async loseList(): Promise<void> {
    const { list, records } = watchListKeys(this.#incarnation);
    await (await this.#redis()).del(list, records);
  }

  /** Calls of the region's functions from the location that asks. */
  async regionCalls(): Promise<number> {
    const { control } = await this.twin.report();
    const links = (await (await fetch(`${control}/links`)).json()) as {
      readonly name: string;
      readonly requests: number;
    }[];
    const link = links.find(({ name }) => name === `${LOCATION}->${REGION}`);
    return required(link, "there is such a link").requests;
  }

  async redisOfRegion() {
    const { redis } = await this.twin.report();
    const found = redis.find(({ role, region }) => role === "region" && region === REGION);
    return required(found, "a Redis a region");
  }

  async #redis() {
    const { url } = await this.redisOfRegion();
    const secrets = JSON.parse(await readFile(path.join(this.twin.state, "secrets.json"), "utf8"));
    return createUpstashClient(url, String(secrets.redisToken));
  }
}

export function idsOf({ hits }: { readonly hits: readonly { readonly id: string }[] }): string[] {
  return hits.map(({ id }) => id);
}

function toVector(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

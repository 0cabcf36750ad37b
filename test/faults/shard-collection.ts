import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { createRing, shardOf } from "../../shared/domain/ring.ts";
import { dotProduct, toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

export const SHARDS = 4;
/** The shard that faults are about. */
export const SHARD = 2;
/** Its calls, in the words in which a region sends them to a reader. */
export const OF_SHARD = `"shard":${SHARD}`;
/** The location that asks, and its nearest region. */
export const LOCATION = "fra";
export const REGION = "eu-central-1";

const DOCUMENTS = 200;
const NAME = "v";

/** A twin of two copies a region of each shard, with a collection of which every right answer is known. */
export interface ShardTwin {
  readonly twin: RunningTwin;
  readonly client: NearfieldOperator;
  /** A query that no tier has seen; `vectorOf(n)` is its vector. */
  fresh(): number;
  ask(n: number, more?: object): ReturnType<NearfieldOperator["retrieve"]>;
  /** Ids of the k nearest documents of all shards, or of all but one. */
  exact(n: number, k: number, without?: number): string[];
  /** Sets what is wrong with links whose names match. */
  break(links: string, fault: object): Promise<void>;
  heal(links: string): Promise<void>;
  /** Calls that links whose names match have taken. */
  calls(links: RegExp): Promise<number>;
  end(): Promise<void>;
}

export async function startShardTwin(): Promise<ShardTwin> {
  const twin = await startTwin({ args: ["--shard-replicas", "2", "--wan", "off"] });
  const client = await twin.client(LOCATION);
  await client.createCollection({ ...vectorCollection(NAME), shards: SHARDS });
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({
    id: `d${i}`,
    vectors: { v: vectorOf(i) },
    metadata: { n: i },
  }));
  await client.putDocuments({ collection: NAME, documents });
  let next = 1_000;
  const ask: ShardTwin["ask"] = (n, more = {}) =>
    client.retrieve({
      collection: NAME,
      query: { vector: vectorOf(n), space: "v" },
      k: 10,
      ...more,
    });
  const shardTwin: ShardTwin = {
    twin,
    client,
    fresh: () => next++,
    ask,
    exact,
    break: (links, fault) => twin.control("POST", `/links/${links}`, fault),
    heal: (links) => twin.control("DELETE", `/links/${links}`),
    calls: (links) => callsOf(twin, links),
    end: async () => {
      await twin.stop();
      await twin.remove();
    },
  };
  await until(
    async () => {
      const { region, hits } = await ask(next++, { consistency: "strong", k: DOCUMENTS });
      return region === REGION && hits.length === DOCUMENTS;
    },
    20_000,
    () => `${REGION} does not hold everything`,
  );
  return shardTwin;
}

const RING = createRing(SHARDS);

function exact(n: number, k: number, without: number | null = null): string[] {
  const query = unit(n);
  return Array.from({ length: DOCUMENTS }, (_, i) => ({
    id: `d${i}`,
    near: dotProduct(query, unit(i)),
  }))
    .filter(({ id }) => shardOf(RING, id) !== without)
    .sort((a, b) => b.near - a.near)
    .slice(0, k)
    .map(({ id }) => id);
}

function unit(n: number): Float32Array {
  return required(toUnitVector(Float32Array.from(vectorOf(n))), "a vector of some length");
}

async function callsOf(twin: RunningTwin, links: RegExp): Promise<number> {
  const { control } = await twin.report();
  const all = (await (await fetch(`${control}/links`)).json()) as {
    readonly name: string;
    readonly requests: number;
  }[];
  return all
    .filter(({ name }) => links.test(name))
    .reduce((sum, { requests }) => sum + requests, 0);
}

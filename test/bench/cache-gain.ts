import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import { LOCATIONS } from "../twin/topology.ts";
import type { Benchmark } from "./benchmark.ts";
import { sizeOf } from "./benchmark.ts";
import { COLLECTION, SPACE, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { send } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { WrittenVectors } from "./written-vectors.ts";
import { createZipf } from "./zipf.ts";

const SIZES = { documents: 1_000, dimension: 64, shards: 2, seed: 53 };
const QUERIES = 60;
const K = 10;
const BOUND_MS = 5_000;
const TTL_MS = 60_000;
/** Between two calls of a location, so that the writer and the appliers have their share of the machine. */
const PAUSE_MS = 20;

/** A read, as the oracle judges it. */
interface Read {
  readonly query: number;
  readonly location: string;
  readonly startMs: number;
  readonly ids: readonly string[];
}

export const cacheGain: Benchmark = {
  name: "cache-gain",
  measures:
    "Zipf traffic (s = 1.1 over 60 queries) from four locations while writes alter its answers, at the default bound of 5 s; WAN on",
  reference:
    "the same traffic without a hit: each query's vector differs in its last digits; and a cache that keeps what it has for 60 s",
  sizes: { writesPerSecond: 2 },

  async run(options) {
    const { rounds, say } = options;
    const seconds = Math.max(options.seconds, 8);
    const bench = await startBenchTwin({ ...SIZES, documents: 0, wan: true, say });
    const agent = new Agent({ keepAlive: true });
    try {
      const world = await World.begin(bench);
      say(`${seconds} s a side and round`);
      const sides = await measureInTurn(
        {
          cached: () => world.traffic(agent, seconds, false, sizeOf(options, "writesPerSecond")),
          uncached: () => world.traffic(agent, seconds, true, sizeOf(options, "writesPerSecond")),
        },
        { rounds, warmUps: 1 },
      );
      const { cached, uncached } = sides;
      const judged = world.judge();
      return {
        figures: [
          figureOf("p50 to no cache", "x", ratio(cached, uncached, "p50"), { atMost: 0.1 }),
          figureOf("p95 to no cache", "x", ratio(cached, uncached, "p95")),
          figureOf("p50", "ms", spread(values(cached, "p50"))),
          figureOf("p50, no cache", "ms", spread(values(uncached, "p50"))),
          figureOf("share that no region was called for", "", spread(values(cached, "hitRate"))),
          { what: "stale answers", value: judged.stale, unit: "", goal: { atMost: 0 } },
          { what: "stale answers of a 60 s cache", value: judged.staleByTtl, unit: "" },
          { what: "answers judged", value: judged.answers, unit: "" },
        ],
        sides,
        sizes: { ...SIZES, queries: QUERIES, k: K, secondsPerRound: seconds, boundMs: BOUND_MS },
        seed: SIZES.seed,
        notes: [
          "Stale: not the exact answer at any position between the last write acknowledged 5 s before the read began and the last one acknowledged when it ended.",
          "The 60 s cache is reckoned from the answers of the same reads: each location keeps the first for 60 s. It is judged by the same oracle.",
        ],
      };
    } finally {
      agent.destroy();
      await bench.end();
    }
  },
};

class World {
  readonly #bench: BenchTwin;
  readonly #random: Random = seededRandom(SIZES.seed + 1);
  readonly #queries: readonly Float32Array[];
  readonly #oracle = new WrittenVectors();
  /** When each write was acknowledged, by position. */
  readonly #acknowledged: { readonly position: number; readonly atMs: number }[] = [];
  readonly #reads: (Read & { readonly endMs: number })[] = [];

  private constructor(bench: BenchTwin) {
    this.#bench = bench;
    this.#queries = Array.from({ length: QUERIES }, () => unitOf(bench.nextVector()));
  }

  static async begin(bench: BenchTwin): Promise<World> {
    const world = new World(bench);
    const ids = Array.from({ length: SIZES.documents }, (_, i) => `doc-${i}`);
    for (let start = 0; start < ids.length; start += 250)
      await world.#write(ids.slice(start, start + 250), () => unitOf(bench.nextVector()));
    await bench.settle();
    return world;
  }

  async traffic(
    agent: Agent,
    seconds: number,
    unique: boolean,
    writesPerS: number,
  ): Promise<Round> {
    const endMs = performance.now() + seconds * 1_000;
    const zipf = createZipf(QUERIES, 1.1, this.#random);
    const latencies: number[] = [];
    let hits = 0;
    const writing = this.#writeUntil(endMs, writesPerS);
    await Promise.all(
      LOCATIONS.map(async ({ name }) => {
        while (performance.now() < endMs) {
          const query = zipf();
          const startMs = performance.now();
          const answer = await this.#read(agent, name, query, unique);
          latencies.push(performance.now() - startMs);
          if (answer.tier !== "region") hits += 1;
          const read = { query, location: name, startMs, ids: answer.ids };
          if (!unique) this.#reads.push({ ...read, endMs: performance.now() });
          await delay(PAUSE_MS);
        }
      }),
    );
    await writing;
    return {
      p50: percentile(latencies, 50),
      p95: percentile(latencies, 95),
      hitRate: hits / latencies.length,
    };
  }

  judge(): { readonly answers: number; readonly stale: number; readonly staleByTtl: number } {
    let [stale, staleByTtl] = [0, 0];
    const kept = new Map<string, { readonly atMs: number; readonly ids: readonly string[] }>();
    for (const read of this.#reads.toSorted((a, b) => a.startMs - b.startMs)) {
      if (!this.#isRight(read, read.ids)) stale += 1;
      const key = `${read.location} ${read.query}`;
      const held = kept.get(key);
      if (held !== undefined && read.startMs - held.atMs < TTL_MS) {
        if (!this.#isRight(read, held.ids)) staleByTtl += 1;
      } else kept.set(key, { atMs: read.startMs, ids: read.ids });
    }
    return { answers: this.#reads.length, stale, staleByTtl };
  }

  #isRight({ query, startMs, endMs }: Read & { readonly endMs: number }, ids: readonly string[]) {
    const until = (ms: number) =>
      this.#acknowledged.findLast(({ atMs }) => atMs <= ms)?.position ?? 0;
    const from = until(startMs - BOUND_MS);
    // A write may be read before its writer has heard of it.
    const to = until(endMs + BOUND_MS);
    const vector = required(this.#queries[query], "a query of that number");
    const wanted = ids.join();
    for (let position = from; position <= to; position++)
      if (this.#oracle.nearest(vector, K, position).join() === wanted) return true;
    return false;
  }

  async #read(agent: Agent, location: string, number: number, unique: boolean) {
    const query = required(this.#queries[number], "a query of that number");
    const vector = unique ? query.map((x) => x * (1 + (this.#random() - 0.5) * 1e-5)) : query;
    const call = this.#bench.ask(location, vector, { maxStalenessMs: BOUND_MS, k: K });
    const { status, body } = await send(agent, call);
    if (status !== 200) throw new Error(`${location} answered ${status}: ${body.toString()}`);
    const { tier, hits } = JSON.parse(body.toString()) as {
      tier: string;
      hits: readonly { readonly id: string }[];
    };
    return { tier, ids: hits.map(({ id }) => id) };
  }

  /** Each write moves a document near to one of the queries: it alters that answer, and hardly another. */
  async #writeUntil(endMs: number, perS: number): Promise<void> {
    while (performance.now() < endMs) {
      const dueMs = performance.now() + 1_000 / perS;
      const near = required(this.#queries[Math.floor(this.#random() * QUERIES)], "a query");
      const id = `doc-${Math.floor(this.#random() * SIZES.documents)}`;
      const moved = () => unitOf(near.map((x) => x + (this.#random() - 0.5) * 0.05));
      await this.#write([id], moved);
      await delay(Math.max(0, dueMs - performance.now()));
    }
  }

  async #write(ids: readonly string[], vectorOf: () => Float32Array): Promise<void> {
    const vectors = ids.map(vectorOf);
    const { position } = await this.#bench.client.putDocuments({
      collection: COLLECTION,
      documents: ids.map((id, i) => ({
        id,
        vectors: { [SPACE]: encodeVector(required(vectors[i], "a vector a document")) },
      })),
    });
    for (const [i, id] of ids.entries())
      this.#oracle.write(position - ids.length + 1 + i, id, required(vectors[i], "as above"));
    this.#acknowledged.push({ position, atMs: performance.now() });
  }
}

function unitOf(vector: Float32Array): Float32Array {
  return required(toUnitVector(vector), "a vector of some length");
}

import { randomUUID } from "node:crypto";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import type { KnownList, LoadedList } from "../../lambdas/ports/watch-list.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import type { ReadEntry } from "../../lambdas/replicate/judge.ts";
import { WatchKeeper, type Keeping } from "../../lambdas/watch/keeper.ts";
import { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { toWatchRecord } from "../../shared/contracts/watch-record.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";
import { marksOf } from "../../shared/domain/watch.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector, sha1Hex } from "../../shared/std/bytes.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { startRedis } from "../suites/start-redis.ts";
import { sizeOf, type Benchmark, type BenchOptions } from "./benchmark.ts";
import { clusteredVectors } from "./clustered-vectors.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, spread, values, type Round } from "./paired.ts";
import { nearest, rowsOf, type Nearest } from "./watched-answers.ts";

const SEED = 41;
const K = 10;
/** As a search of one branch asks for: only passages of one document stand for one hit. */
const DEPTH = 2 * K;
const WRITES = 20;
const ORACLE_MAX = 2_000;
const CALL_MS_MAX = 60_000;
const signal = () => AbortSignal.timeout(CALL_MS_MAX);

export const invalidation: Benchmark = {
  name: "invalidation",
  measures:
    "writes, one by one, tested against a list of watched answers by the code of the applier: what each drops, and costs",
  reference: "flushing the collection at every write",
  sizes: { answers: 10_000, documents: 5_000, dimension: 384 },

  async run(options) {
    const redis = await startRedis("js");
    try {
      return await measure(options, redis);
    } finally {
      await redis.stop();
    }
  },
};

async function measure(options: BenchOptions, redis: { url: string; token: string }) {
  const { rounds, say } = options;
  const [count, size] = [sizeOf(options, "answers"), sizeOf(options, "documents")];
  const dimension = sizeOf(options, "dimension");
  const random = seededRandom(SEED);
  const more = clusteredVectors(dimension, random);
  const documents = rowsOf(more(size).matrix, dimension);
  const queries = rowsOf(more(count).matrix, dimension);
  say(`${count} exact searches`);
  const answers = queries.map((query) => nearest(documents, query, DEPTH));
  const list = new UpstashWatchList(createUpstashClient(redis.url, redis.token));
  const watched = await Watched.begin(list, dimension);
  say(`registering ${count} answers`);
  for (const [i, answer] of answers.entries())
    await watched.register(i, required(queries[i], "a query an answer"), answer);
  const flushed = await Watched.begin(list, dimension);
  say("loading the list");
  const loadedMs = await watched.load();
  const write = () => {
    const row = Math.floor(random() * 2 * size);
    // Half of the writes are of new documents.
    const at = row < size ? row : documents.length;
    const vector = required(rowsOf(more(1).matrix, dimension)[0], "one vector");
    documents[at] = vector;
    return { id: `d${at}`, vector };
  };
  say(`${WRITES} writes a side and round`);
  const sides = await measureInTurn(
    {
      list: () => round(() => watched.apply(write())),
      flush: () => round(() => flushed.flush()),
    },
    { rounds, warmUps: 1 },
  );
  say("exact searches of what stayed");
  const stale = await watched.stale(documents, queries, answers);
  return {
    figures: [
      figureOf("dropped of the answers by a write", "x", spread(values(sides.list, "dropped")), {
        atMost: 1 / 50,
      }),
      figureOf("a write's test and publish, p50", "ms", spread(values(sides.list, "p50")), {
        atMost: 2,
      }),
      figureOf("a flush, p50", "ms", spread(values(sides.flush, "p50"))),
      { what: "stale among those that stayed", value: stale.wrong, unit: "", goal: { atMost: 0 } },
      { what: "loading the list into a new process", value: loadedMs, unit: "ms" },
    ],
    sides,
    sizes: { answers: count, documents: size, dimension, k: K, depth: DEPTH, writes: WRITES },
    seed: SEED,
    notes: [
      `${stale.compared} of the answers that stayed were searched for anew, exactly.`,
      "A write is one document of one passage; each is published by itself, with two calls of the twin's Redis.",
    ],
  };
}

/** What a write took, and the share of the answers that it dropped. */
interface Step {
  readonly ms: number;
  readonly dropped: number;
}

async function round(step: () => Promise<Step>): Promise<Round> {
  const times: number[] = [];
  let dropped = 0;
  for (let i = 0; i < WRITES; i++) {
    const done = await step();
    dropped += done.dropped;
    times.push(done.ms);
  }
  times.sort((a, b) => a - b);
  return { p50: required(times[WRITES >> 1], "writes"), dropped: dropped / WRITES };
}

/** A list, its keeper, and where both stand. */
class Watched {
  readonly #list: UpstashWatchList;
  readonly #collection: LaidOutCollection;
  readonly #keeper: WatchKeeper;
  readonly #wid = randomUUID();
  #at = upTo(0);
  #size = 0;

  private constructor(list: UpstashWatchList, dimension: number) {
    this.#list = list;
    this.#collection = LaidOutCollection.parse({
      tenant: "t",
      name: "c",
      incarnation: randomName(12, Math.random),
      primary: "us-east-1",
      term: 1,
      schemaVersion: 1,
      spaces: { v: { model: "none", digest: null, dimension, metric: "cosine", weight: 1 } },
      fields: {},
    });
    this.#keeper = new WatchKeeper({
      watch: list,
      log: NO_LOG,
      newId: randomUUID,
      onFailure: (_, error) => {
        // A new process reads a long list in several runs.
        if (!(error instanceof Error && error.name === "TimeoutError")) throw error;
      },
    });
  }

  static async begin(list: UpstashWatchList, dimension: number): Promise<Watched> {
    const watched = new Watched(list, dimension);
    await list.begin(watched.#collection.incarnation, watched.#wid, 1, watched.#at, signal());
    return watched;
  }

  async register(index: number, vector: Float32Array, { rows, tau }: Nearest): Promise<void> {
    const record = toWatchRecord(
      {
        marks: marksOf(rows.map((row) => `d${row}`)),
        words: false,
        branches: [{ space: "v", vector, tau }],
      },
      undefined,
    );
    const { incarnation } = this.#collection;
    const json = JSON.stringify(record);
    await this.#list.register(incarnation, this.#at.point, `e${index}`, json, signal());
    this.#size += 1;
  }

  /** A write that alters nothing, in a process that knows nothing of the list, as often as it takes. @returns ms */
  async load(): Promise<number> {
    const startMs = performance.now();
    const from = this.#at.point;
    this.#at = upTo(from.position + 1);
    while ((await this.#standing()).point.position === from.position)
      await this.#keeper.applied(
        this.#keeping(),
        { from, to: this.#at, entries: [], sealed: false },
        signal(),
      );
    return performance.now() - startMs;
  }

  async apply({ id, vector }: { id: string; vector: Float32Array }): Promise<Step> {
    const passages = [{ vectors: { v: encodeVector(vector) } }];
    const startMs = performance.now();
    await this.#applied([{ v: 1, kind: "put", id, passages, createdBy: "k" }]);
    const ms = performance.now() - startMs;
    const { size } = await this.#standing();
    const dropped = (this.#size - size) / this.#size;
    this.#size = size;
    return { ms, dropped };
  }

  async flush(): Promise<Step> {
    this.#at = upTo(this.#at.point.position + 1);
    const startMs = performance.now();
    await this.#keeper.anew(this.#keeping(), this.#at, signal());
    return { ms: performance.now() - startMs, dropped: 1 };
  }

  /** Answers that stayed and are not what an exact search gives now, of as many as are compared. */
  async stale(
    documents: readonly Float32Array[],
    queries: readonly Float32Array[],
    answers: readonly Nearest[],
  ): Promise<{ wrong: number; compared: number }> {
    const stayed: { readonly entryId: string }[] = [];
    for (let known: KnownList | null = null; stayed.length < ORACLE_MAX;) {
      const list = await this.#list.load(this.#collection.incarnation, known, signal());
      const { records, more } = (known = required(list, "the list is there"));
      stayed.push(...records);
      if (!more) break;
    }
    let wrong = 0;
    for (const { entryId } of stayed) {
      const index = Number(entryId.slice(1));
      const query = required(queries[index], "a query an answer");
      const now = nearest(documents, query, DEPTH).rows.join(" ");
      if (now !== answers[index]?.rows.join(" ")) wrong += 1;
    }
    return { wrong, compared: stayed.length };
  }

  #keeping(): Keeping {
    return { collection: this.#collection, fence: 1 };
  }

  /** Without any records. */
  async #standing(): Promise<LoadedList> {
    const known = { wid: this.#wid, seq: Number.MAX_SAFE_INTEGER - 1 };
    const list = await this.#list.load(this.#collection.incarnation, known, signal());
    return required(list, "the list is there");
  }

  async #applied(written: readonly ReadEntry["entry"][]): Promise<void> {
    const from = this.#at.point;
    this.#at = upTo(from.position + 1);
    const entries = written.map((entry) => ({ position: from.position + 1, entry }));
    await this.#keeper.applied(
      this.#keeping(),
      { from, to: this.#at, entries, sealed: false },
      signal(),
    );
  }
}

function upTo(position: number): RightUpTo {
  return { point: { term: 1, position, chain: sha1Hex(String(position)) }, confirmed: null };
}

const absent = () => Promise.reject(new Error("the list never falls behind, so no log is read"));
const NO_LOG = { pull: absent } as Partial<WriteLog> as WriteLog;

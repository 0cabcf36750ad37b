import { setTimeout as delay } from "node:timers/promises";
import { HedgedLegs } from "../../lambdas/legs/hedged-legs.ts";
import { ReplicatedView } from "../../lambdas/legs/replicated-view.ts";
import type { ShardHop } from "../../lambdas/ports/shard-hop.ts";
import type { Candidate, StoreView } from "../../lambdas/ports/store.ts";
import type { Branch } from "../../lambdas/search/branch.ts";
import { fanOut } from "../../lambdas/search/fan-out.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import type { Benchmark } from "./benchmark.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { percentile } from "../../shared/std/percentile.ts";

const SEED = 23;
const SHARDS = 16;
const DEPTH = 100;
const QUERIES = 400;
/** Queries before a side's first round, in which it learns how long legs take. */
const LEARNING = 50;
const LEG_MS_MIN = 4;
const LEG_MS_SPREAD = 2;
const STRAGGLERS = 0.01;
const STRAGGLER_FACTOR = 20;
const REMAINING_MS = 10_000;

const ASKED = Array.from({ length: SHARDS }, (_, shard) => shard);
const BRANCH: Branch = {
  name: "v",
  parts: [0],
  by: { kind: "near", space: "v", vector: Float32Array.from([1, 0]) },
  weight: 1,
  negative: false,
  except: new Set(),
  similarityMin: -1,
};

export const fanOutBenchmark: Benchmark = {
  name: "fan-out",
  measures: `a search over ${SHARDS} shards of two copies each, where 1 leg in 100 takes ${STRAGGLER_FACTOR} times as long: legs hedged`,
  reference: "the same legs to one copy each, awaited with Promise.all",

  async run({ rounds, say }) {
    const hedged = side(2, SEED);
    const plain = side(1, SEED + 1);
    say("learning how long legs take");
    await hedged.measure(LEARNING);
    await plain.measure(LEARNING);
    say(`${QUERIES} searches a side and round`);
    const sides = await measureInTurn(
      { hedged: () => hedged.measure(QUERIES), plain: () => plain.measure(QUERIES) },
      { rounds, warmUps: 1 },
    );
    const merge = mergeMs();
    return {
      figures: [
        figureOf("p99 to Promise.all", "x", ratio(sides.hedged, sides.plain, "p99"), {
          atMost: 0.4,
        }),
        figureOf("p50 to Promise.all", "x", ratio(sides.hedged, sides.plain, "p50")),
        figureOf("p99 hedged", "ms", spread(values(sides.hedged, "p99"))),
        figureOf("p99 of Promise.all", "ms", spread(values(sides.plain, "p99"))),
        figureOf("calls to legs", "x", spread(values(sides.hedged, "callsPerLeg")), {
          atMost: 1.05,
        }),
        {
          what: "merging to the slowest leg's median",
          value: merge / percentile(values(sides.plain, "p50"), 50),
          unit: "x",
          goal: { atMost: 0.05 },
        },
      ],
      sides,
      sizes: { shards: SHARDS, queriesPerRound: QUERIES, candidatesPerLeg: DEPTH },
      seed: SEED,
      notes: [
        `A leg waits ${LEG_MS_MIN} to ${LEG_MS_MIN + LEG_MS_SPREAD} ms, a straggler ${STRAGGLER_FACTOR} times that, on this process' timers; no store takes part, so that only the fan-out is compared.`,
        `Merging ${SHARDS} times ${DEPTH} candidates took ${merge.toFixed(3)} ms.`,
      ],
    };
  },
};

/** One way to fan out, with its own stragglers. */
function side(copies: number, seed: number) {
  const random = seededRandom(seed);
  let calls = 0;
  const hop: ShardHop = async (_, call, signal) => {
    calls += 1;
    const legMs = LEG_MS_MIN + random() * LEG_MS_SPREAD;
    await delay(random() < STRAGGLERS ? legMs * STRAGGLER_FACTOR : legMs, undefined, { signal });
    return call(signal);
  };
  const legs = new HedgedLegs({
    nowMs: () => performance.now(),
    sleep: async (delayMs, signal) => delay(delayMs, undefined, { signal }),
    random,
  });
  const store = candidatesOf(random);
  const view = new ReplicatedView(
    Array.from({ length: copies }, () => store),
    { region: "bench", hop, legs },
  );
  const ask = () =>
    fanOut(
      view,
      ASKED,
      [BRANCH],
      null,
      { depth: DEPTH, bodies: false, exact: false },
      {
        nowMs: () => performance.now(),
        remainingMs: () => REMAINING_MS,
        onLegFailed: (_, error) => {
          throw error;
        },
      },
      AbortSignal.timeout(REMAINING_MS),
    );
  return {
    async measure(queries: number): Promise<Round> {
      const times: number[] = [];
      calls = 0;
      for (let i = 0; i < queries; i++) {
        const startMs = performance.now();
        const { coverage } = await ask();
        times.push(performance.now() - startMs);
        if (coverage.answered !== SHARDS) throw new Error("a shard is missing");
      }
      const callsPerLeg = calls / (queries * SHARDS);
      return { p50: percentile(times, 50), p99: percentile(times, 99), callsPerLeg };
    },
  };
}

function candidatesOf(random: Random): StoreView {
  const lists = Array.from({ length: SHARDS }, (_, shard) => list(shard, random));
  const absent = () => Promise.reject(new Error("this benchmark only searches"));
  return {
    search: async ({ shard }) => ({
      candidates: lists[shard] ?? [],
      method: { kind: "scan", because: "made up" },
    }),
    match: absent,
    documents: absent,
    scan: absent,
    count: absent,
  };
}

function list(shard: number, random: Random): Candidate[] {
  return Array.from({ length: DEPTH }, (_, i) => ({
    id: `${shard}-${i}`,
    passage: 0,
    position: 1,
    similarity: random(),
  })).sort(bestFirst);
}

/** Median time of what fan-out does with the lists. */
function mergeMs(): number {
  const random = seededRandom(SEED);
  const lists = Array.from({ length: SHARDS }, (_, shard) => list(shard, random));
  const times = Array.from({ length: 200 }, () => {
    const startMs = performance.now();
    lists.flat().sort(bestFirst).slice(0, DEPTH);
    return performance.now() - startMs;
  });
  return percentile(times, 50);
}

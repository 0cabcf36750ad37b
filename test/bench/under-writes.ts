import { Agent } from "node:http";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import type { Benchmark, BenchOptions } from "./benchmark.ts";
import { sizeOf } from "./benchmark.ts";
import { SPACE, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { send, sendOpenLoop } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";

const SEED = 31;
const SHARDS = 4;
const DIMENSION = 384;
const K = 10;
/** Requests of the writer, each second: each brings its share of the documents. */
const WRITES_PER_S = 5;
const WRITE_MS_MAX = 35_000;

export const underWrites: Benchmark = {
  name: "under-writes",
  measures:
    "uncached vector queries at one location, open loop, while upserts arrive at another and are applied in three regions; WAN off",
  reference: "the same reads without a writer",
  sizes: { documents: 4_000, upsertsPerSecond: 200, readsPerSecond: 10 },

  async run(options) {
    const documents = sizeOf(options, "documents");
    const sizes = { documents, dimension: DIMENSION, shards: SHARDS, seed: SEED };
    const bench = await startBenchTwin({ ...sizes, say: options.say });
    try {
      return await measure(bench, options);
    } finally {
      await bench.end();
    }
  },
};

async function measure(bench: BenchTwin, options: BenchOptions) {
  const { rounds, say } = options;
  const [documents, upserts, reads] = ["documents", "upsertsPerSecond", "readsPerSecond"].map(
    (name) => sizeOf(options, name),
  ) as [number, number, number];
  // A p99 is of some hundred reads.
  const seconds = Math.max(options.seconds, 8);
  const readFor = async (): Promise<Round> => {
    // A connection that was idle while the other side was measured may be about to be closed.
    const agent = new Agent({ keepAlive: true });
    const { p50, p95, p99, errors, sent } = await sendOpenLoop({
      rate: reads,
      seconds,
      agent,
      call: () => bench.retrieve(bench.nextVector(), K),
    });
    agent.destroy();
    return { p50, p95, p99, errors, sent };
  };
  say(`${reads} reads/s for ${seconds} s a side and round, with and without ${upserts} upserts/s`);
  const sides = await measureInTurn(
    {
      alone: readFor,
      written: async () => {
        const writer = startWriter(bench, documents, upserts);
        const round = await readFor();
        const written = await writer.stop();
        await bench.settle();
        return { ...round, ...written };
      },
    },
    { rounds, warmUps: 1 },
  );
  const { alone, written } = sides;
  return {
    figures: [
      figureOf("p99 to the reads alone", "x", ratio(written, alone, "p99"), { atMost: 1.3 }),
      figureOf("p50 to the reads alone", "x", ratio(written, alone, "p50")),
      figureOf("p99 under writes", "ms", spread(values(written, "p99"))),
      figureOf("p95 under writes", "ms", spread(values(written, "p95"))),
      figureOf("p50 under writes", "ms", spread(values(written, "p50"))),
      figureOf("p99 alone", "ms", spread(values(alone, "p99"))),
      figureOf("p50 alone", "ms", spread(values(alone, "p50"))),
      figureOf("reads that failed, of both sides", "", spread(sum(written, alone, "errors"))),
      figureOf("upserts acknowledged", "/s", spread(values(written, "upserts")), {
        atLeast: upserts * 0.95,
      }),
      figureOf("writes refused or lost", "", spread(values(written, "refused")), { atMost: 0 }),
      figureOf("slowest acknowledgement", "ms", spread(values(written, "slowestMs"))),
    ],
    sides,
    sizes: {
      documents,
      dimension: DIMENSION,
      shards: SHARDS,
      k: K,
      upsertsPerSecond: upserts,
      readsPerSecond: reads,
      secondsPerRound: seconds,
    },
    seed: SEED,
    notes: [
      "The twin's three regions, Redis, four locations, and both clients share this machine; each upsert is applied three times.",
      "An upsert rewrites one of the documents, its vector and its text of about 500 characters. No query is asked twice.",
    ],
  };
}

/** Sends upserts by the clock, whatever the answers do, until it is stopped. */
function startWriter(bench: BenchTwin, documents: number, upsertsPerS: number) {
  const agent = new Agent({ keepAlive: true });
  const perWrite = Math.round(upsertsPerS / WRITES_PER_S);
  const startMs = performance.now();
  const underWay: Promise<void>[] = [];
  let [acknowledged, refused, slowestMs, next] = [0, 0, 0, 0];
  const write = async () => {
    const sentMs = performance.now();
    const batch = Array.from({ length: perWrite }, () => upsertOf(bench, next++ % documents));
    const status = await send(agent, bench.put(batch), WRITE_MS_MAX).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 200 || status === 202) acknowledged += batch.length;
    else refused += 1;
    slowestMs = Math.max(slowestMs, performance.now() - sentMs);
  };
  const timer = setInterval(() => underWay.push(write()), 1_000 / WRITES_PER_S);
  return {
    async stop(): Promise<Round> {
      clearInterval(timer);
      await Promise.all(underWay);
      // Until the last acknowledgement: a service that falls behind takes longer than the writer.
      const seconds = (performance.now() - startMs) / 1_000;
      agent.destroy();
      return { upserts: acknowledged / seconds, refused, slowestMs };
    },
  };
}

function upsertOf(bench: BenchTwin, n: number): DocumentInput {
  return {
    id: `doc-${n}`,
    title: `Document ${n}`,
    text: "Written once more. ".repeat(26),
    metadata: { kind: "odd", n },
    vectors: { [SPACE]: encodeVector(bench.nextVector()) },
  };
}

function sum(a: readonly Round[], b: readonly Round[], metric: string): number[] {
  const others = values(b, metric);
  return values(a, metric).map((value, i) => value + (others[i] ?? 0));
}

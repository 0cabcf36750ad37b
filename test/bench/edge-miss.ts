import { Agent } from "node:http";
import { required } from "../../shared/std/assert.ts";
import { openSecrets } from "../twin/keys.ts";
import type { Benchmark, Figure } from "./benchmark.ts";
import { REGION, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { measureEdgeParts, type EdgeParts } from "./edge-parts.ts";
import { figureOf } from "./figures.ts";
import { send } from "./open-loop.ts";
import { difference, measureInTurn, spread, values, type Round } from "./paired.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { startRegionProcess } from "./region-process.ts";

const SIZES = { documents: 2_000, dimension: 384, shards: 4, seed: 12 };
const K = 10;
const CALLS = 100;

export const edgeMiss: Benchmark = {
  name: "edge-miss",
  measures:
    "an uncached vector query through the edge: door, cache look-ups, Invoke, region; WAN off",
  reference:
    "the same region's search handler, called in its own process over the same Redis and store",

  async run({ rounds, say }) {
    const bench = await startBenchTwin({ ...SIZES, say });
    const agent = new Agent({ keepAlive: true });
    const region = await startRegionProcess(bench, { dimension: SIZES.dimension, k: K });
    try {
      say(`${CALLS} calls a side and round, one after another`);
      const sides = await measureInTurn(
        {
          edge: () => callEdge(bench, agent),
          region: async () => summary((await region.call(CALLS)).latencies),
        },
        { rounds, warmUps: 2 },
      );
      say("the parts alone");
      const { event, result } = await region.call(1);
      const parts = await measureEdgeParts(event, result, await redisOf(bench));
      const added = difference(sides.edge, sides.region, "p50");
      const figures: Figure[] = [
        figureOf("added p50", "ms", added, { atMost: 5 }),
        figureOf("p50 through the edge", "ms", spread(values(sides.edge, "p50"))),
        figureOf("p50 in process", "ms", spread(values(sides.region, "p50"))),
        { what: "SigV4 alone", value: parts.sigV4, unit: "ms" },
        { what: "framing: two HTTP round trips alone", value: 2 * parts.http, unit: "ms" },
        { what: "JSON alone", value: parts.json, unit: "ms" },
        { what: "a Redis look-up alone", value: parts.redis, unit: "ms" },
      ];
      const eventBytes = JSON.stringify(event).length;
      const resultBytes = JSON.stringify(result).length;
      return {
        figures,
        sides,
        sizes: { ...SIZES, k: K, callsPerRound: CALLS, eventBytes, resultBytes },
        seed: SIZES.seed,
        notes: [sharesOf(parts, added.median), ...NOTES],
      };
    } finally {
      region.end();
      agent.destroy();
      await bench.end();
    }
  },
};

const NOTES = [
  "The twin's links relay the edge's two calls, with no delay but with their own work; the client's time is in the edge's figure too.",
  "Both sides search the same store and ask the same Redis.",
];

function sharesOf(parts: EdgeParts, addedMs: number): string {
  const share = (ms: number) => `${ms.toFixed(2)} ms (${Math.round((100 * ms) / addedMs)} %)`;
  return (
    `of the added p50: SigV4 ${share(parts.sigV4)}, framing ${share(2 * parts.http)}, JSON ${share(parts.json)}, ` +
    `the cache's look into Redis ${share(parts.redis)}; each measured alone in Node, so they need not add up.`
  );
}

async function redisOf({ report, twin }: BenchTwin): Promise<{ url: string; token: string }> {
  const { url } = required(
    report.redis.find(({ role, region }) => role === "region" && region === REGION),
    "the region has a Redis",
  );
  return { url, token: (await openSecrets(twin.state)).redisToken };
}

async function callEdge(bench: BenchTwin, agent: Agent): Promise<Round> {
  const latencies: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const call = bench.retrieve(bench.nextVector(), K);
    const startMs = performance.now();
    const { status, body } = await send(agent, call);
    latencies.push(performance.now() - startMs);
    const { tier } = JSON.parse(body.toString()) as { tier?: string };
    if (status !== 200 || tier !== "region")
      throw new Error(`an uncached query was answered ${status} from ${tier ?? body.toString()}`);
  }
  return summary(latencies);
}

function summary(latencies: readonly number[]): Round {
  return {
    p50: percentile(latencies, 50),
    p95: percentile(latencies, 95),
    p99: percentile(latencies, 99),
  };
}

import { Agent } from "node:http";
import { LOCATIONS, PRIMARY, REGIONS } from "../twin/topology.ts";
import { required } from "../../shared/std/assert.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { Benchmark } from "./benchmark.ts";
import { startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { send } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { createZipf } from "./zipf.ts";

const SIZES = { documents: 1_000, dimension: 64, shards: 2, seed: 43 };
/** Queries that are asked again and again, the first half of them by far the most. */
const QUERIES = 40;
const CALLS = 40;

export const reach: Benchmark = {
  name: "reach",
  measures:
    "Zipf traffic (s = 1.1 over 40 queries) from four locations, three regions and all caches; WAN on",
  reference: "the same queries with one region and no cache: each with a vector of its own",

  async run({ rounds, say }) {
    const bench = await startBenchTwin({ ...SIZES, wan: true, say });
    const agent = new Agent({ keepAlive: true });
    const others = REGIONS.map(({ name }) => name).filter((name) => name !== PRIMARY);
    const zipf = createZipf(QUERIES, 1.1, seededRandom(SIZES.seed));
    const hot = Array.from({ length: QUERIES }, () => bench.nextVector());
    try {
      say(`${CALLS} calls a location, side and round`);
      const sides = await measureInTurn(
        {
          nearfield: () => round(bench, agent, () => required(hot[zipf()], "a query of that rank")),
          single: async () => {
            for (const name of others)
              await bench.twin.control("POST", `/processes/region-${name}/hold`);
            const measured = await round(bench, agent, () => bench.nextVector());
            for (const name of others)
              await bench.twin.control("POST", `/processes/region-${name}/release`);
            await bench.settle();
            return measured;
          },
        },
        { rounds, warmUps: 1 },
      );
      const { nearfield, single } = sides;
      return {
        figures: [
          figureOf("p95 to one region without cache", "x", ratio(nearfield, single, "p95"), {
            atMost: 0.2,
          }),
          figureOf("p50 to one region without cache", "x", ratio(nearfield, single, "p50")),
          figureOf("p95", "ms", spread(values(nearfield, "p95"))),
          figureOf("p50", "ms", spread(values(nearfield, "p50"))),
          figureOf("p95, one region", "ms", spread(values(single, "p95"))),
          figureOf("p50, one region", "ms", spread(values(single, "p50"))),
          ...LOCATIONS.map(({ name }) =>
            figureOf(`p95 at ${name}`, "ms", spread(values(nearfield, name))),
          ),
        ],
        sides,
        sizes: { ...SIZES, queries: QUERIES, callsPerLocation: CALLS },
        seed: SIZES.seed,
        notes: [
          "A location's p95 holds its misses too; where fewer than 1 in 20 of a round's calls misses, p95 is a hit.",
          "On the one-region side each location finds out by itself that the other regions are away: that is in its figures.",
        ],
      };
    } finally {
      agent.destroy();
      await bench.end();
    }
  },
};

async function round(
  bench: BenchTwin,
  agent: Agent,
  nextVector: () => Float32Array,
): Promise<Round> {
  const all: number[] = [];
  const byLocation = await Promise.all(
    LOCATIONS.map(async ({ name }): Promise<[string, number]> => {
      const latencies: number[] = [];
      for (let i = 0; i < CALLS; i++) {
        const startMs = performance.now();
        const { status } = await send(agent, bench.ask(name, nextVector()));
        if (status !== 200) throw new Error(`${name} answered ${status}`);
        latencies.push(performance.now() - startMs);
      }
      all.push(...latencies);
      return [name, percentile(latencies, 95)];
    }),
  );
  return {
    p50: percentile(all, 50),
    p95: percentile(all, 95),
    ...Object.fromEntries(byLocation),
  };
}

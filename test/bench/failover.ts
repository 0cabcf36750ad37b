import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../flows/start-twin.ts";
import type { Benchmark } from "./benchmark.ts";
import { sizeOf } from "./benchmark.ts";
import { LOCATION, REGION, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { sendOpenLoop } from "./open-loop.ts";
import { measureInTurn, spread, values, type Round } from "./paired.ts";
import { linkRttMs } from "./twin-links.ts";

const SIZES = { documents: 1_000, dimension: 64, shards: 2, seed: 41 };
const SECOND = "us-east-1";
const KILL_AFTER_MS = 1_000;

export const failover: Benchmark = {
  name: "failover",
  measures:
    "new queries at one location while its nearest region is killed, open loop; WAN on, so that the second region is as far as it is",
  reference: "the same reads before the kill",
  sizes: { readsPerSecond: 15 },

  async run(options) {
    const { rounds, say } = options;
    const rate = sizeOf(options, "readsPerSecond");
    const seconds = Math.max(options.seconds, 5);
    const bench = await startBenchTwin({ ...SIZES, wan: true, say });
    const agent = new Agent({ keepAlive: true });
    try {
      const secondMs = await linkRttMs(bench.twin, `${LOCATION}->${SECOND}`);
      say(`${rate} reads/s for ${seconds} s a side and round`);
      const read = () => readFor(bench, agent, rate, seconds);
      const sides = await measureInTurn(
        {
          before: read,
          killed: async () => {
            const reading = read();
            await delay(KILL_AFTER_MS);
            await bench.twin.control("POST", `/processes/region-${REGION}/hold`);
            const round = await reading;
            await bench.twin.control("POST", `/processes/region-${REGION}/release`);
            await serves(bench);
            return round;
          },
        },
        { rounds, warmUps: 1 },
      );
      const { before, killed } = sides;
      return {
        figures: [
          figureOf("failed reads", "", spread(values(killed, "errors")), { atMost: 0 }),
          figureOf("slowest read while it dies", "ms", spread(values(killed, "max")), {
            atMost: secondMs + 100,
          }),
          figureOf("p50 while it dies", "ms", spread(values(killed, "p50"))),
          figureOf("slowest read before", "ms", spread(values(before, "max"))),
          figureOf("p50 before", "ms", spread(values(before, "p50"))),
          { what: "round trip to the second region", value: secondMs, unit: "ms" },
        ],
        sides,
        sizes: { ...SIZES, readsPerSecond: rate, secondsPerRound: seconds },
        seed: SIZES.seed,
        notes: [
          `The process of ${REGION} is killed ${KILL_AFTER_MS} ms into the round and kept down until its end.`,
        ],
      };
    } finally {
      agent.destroy();
      await bench.end();
    }
  },
};

async function readFor(
  bench: BenchTwin,
  agent: Agent,
  rate: number,
  seconds: number,
): Promise<Round> {
  const call = () => bench.ask(LOCATION, bench.nextVector());
  const { p50, p95, p99, max, errors, sent } = await sendOpenLoop({ rate, seconds, agent, call });
  return { p50, p95, p99, max, errors, sent };
}

/** Waits until the region answers again: else the next round begins in the middle of this one. */
async function serves(bench: BenchTwin): Promise<void> {
  await until(
    async () => {
      const vector = Array.from(bench.nextVector());
      const { region } = await bench.client.retrieve({
        collection: "bench",
        query: { vector, space: "v" },
      });
      return region === REGION;
    },
    30_000,
    () => `${REGION} does not serve again`,
  );
}

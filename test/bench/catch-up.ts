import { setTimeout as delay } from "node:timers/promises";
import { until } from "../flows/start-twin.ts";
import type { Benchmark } from "./benchmark.ts";
import { sizeOf } from "./benchmark.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import {
  COLLECTION,
  LOCATION,
  REGION,
  SPACE,
  startBenchTwin,
  type BenchTwin,
} from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, spread, values, type Round } from "./paired.ts";

const SIZES = { documents: 2_000, dimension: 384, shards: 4, seed: 59 };
const WRITES_PER_S = 5;
const LOOK_MS = 20;

export const catchUp: Benchmark = {
  name: "catch-up",
  measures:
    "a region cut off from the log while upserts arrive: how much faster than they came it applies them once it is back; WAN off",
  reference: "real time: the seconds in which the writes arrived",
  sizes: { cutSeconds: 10, upsertsPerSecond: 100 },

  async run(options) {
    const { rounds, say } = options;
    const [cutS, perS] = [sizeOf(options, "cutSeconds"), sizeOf(options, "upsertsPerSecond")];
    const bench = await startBenchTwin({ ...SIZES, say });
    try {
      await bench.settle();
      say(`${REGION} cut off for ${cutS} s a round, under ${perS} upserts/s`);
      const sides = await measureInTurn(
        { region: () => cutAndHeal(bench, cutS, perS) },
        { rounds, warmUps: 1 },
      );
      const { region } = sides;
      return {
        figures: [
          figureOf("to real time", "x", spread(values(region, "ratio")), { atLeast: 20 }),
          figureOf("from healing to level", "ms", spread(values(region, "caughtUpMs"))),
          figureOf("upserts behind at healing", "", spread(values(region, "behind"))),
          figureOf("upserts/s while it caught up", "/s", spread(values(region, "rate"))),
        ],
        sides,
        sizes: { ...SIZES, cutSeconds: cutS, upsertsPerSecond: perS },
        seed: SIZES.seed,
        notes: [
          "The writer stops when the link is healed. Level: a read at the region's location shows the last position that was acknowledged; it is asked every 20 ms.",
          "The time from healing holds the wait for the next ring or sweep of the region, too.",
        ],
      };
    } finally {
      await bench.end();
    }
  },
};

async function cutAndHeal(bench: BenchTwin, cutS: number, perS: number): Promise<Round> {
  const { twin } = bench;
  const writer = await twin.client("iad");
  await twin.control("POST", `/links/${REGION}->log`, { mode: "cut" });
  const startMs = performance.now();
  let last = 0;
  let count = 0;
  const each = Math.round(perS / WRITES_PER_S);
  while (performance.now() - startMs < cutS * 1_000) {
    const dueMs = performance.now() + 1_000 / WRITES_PER_S;
    const documents = Array.from({ length: each }, () => ({
      id: `doc-${count++ % SIZES.documents}`,
      vectors: { [SPACE]: encodeVector(bench.nextVector()) },
    }));
    last = (await writer.putDocuments({ collection: COLLECTION, documents })).position;
    await delay(Math.max(0, dueMs - performance.now()));
  }
  const tookS = (performance.now() - startMs) / 1_000;
  const near = await twin.client(LOCATION);
  const shown = async () => {
    const { regions } = await near.status();
    const region = regions.find(({ name }) => name === REGION);
    return region?.collections.find(({ name }) => name === COLLECTION)?.position ?? 0;
  };
  const behind = last - (await shown());
  await twin.control("DELETE", `/links/${REGION}->log`);
  const healedMs = performance.now();
  await until(
    async () => {
      await delay(LOOK_MS);
      return (await shown()) >= last;
    },
    120_000,
    () => `${REGION} does not catch up`,
  );
  const caughtUpMs = performance.now() - healedMs;
  return {
    behind,
    caughtUpMs,
    ratio: (tookS * 1_000) / caughtUpMs,
    rate: (behind * 1_000) / caughtUpMs,
  };
}

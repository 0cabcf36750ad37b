import { setTimeout as delay } from "node:timers/promises";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { openSecrets } from "../twin/keys.ts";
import { PRIMARY, REGIONS } from "../twin/topology.ts";
import type { Benchmark } from "./benchmark.ts";
import { COLLECTION, SPACE, startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { startDelayedRedis } from "./delayed-redis.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { linkRttMs } from "./twin-links.ts";

const SIZES = { documents: 1_000, dimension: 384, shards: 4, seed: 61 };
const WRITES = 40;
/** Between two writes: lag is measured, not a queue. */
const PAUSE_MS = 100;
const REDIS = "/usr/bin/redis-server";

export const replicationLag: Benchmark = {
  name: "replication-lag",
  measures:
    "from a write's append until it can be read in each region, by the log's clock as the region reckons it; WAN on",
  reference:
    "redis-server with a replica a region behind the same one-way delays: from the command until the replica has it",

  async run({ rounds, say }) {
    const bench = await startBenchTwin({ ...SIZES, wan: true, say });
    const oneWayMs = await Promise.all(
      REGIONS.map(async ({ name }) => (await linkRttMs(bench.twin, `${name}->log`)) / 2),
    );
    const redis = await startDelayedRedis(REDIS, oneWayMs);
    try {
      say(`${WRITES} writes a side and round`);
      const sides = await measureInTurn(
        {
          nearfield: () => writeAndLook(bench),
          redis: async () => {
            const all: number[][] = [];
            for (let i = 0; i < WRITES; i++) all.push(await redis.write(String(i)));
            return summary(REGIONS.map((_, r) => all.map((lags) => lags[r] ?? Number.NaN)));
          },
        },
        { rounds, warmUps: 1 },
      );
      const { nearfield, redis: reference } = sides;
      return {
        figures: REGIONS.flatMap(({ name }, i) => {
          const wayMs = required(oneWayMs[i], "a delay a region");
          return [
            figureOf(`p99 to redis, ${name}`, "x", ratio(nearfield, reference, `${name} p99`), {
              atMost: 3,
            }),
            figureOf(`p99, ${name}`, "ms", spread(values(nearfield, `${name} p99`)), {
              atMost: wayMs + 50,
            }),
            figureOf(`p50, ${name}`, "ms", spread(values(nearfield, `${name} p50`))),
            { what: `one way to ${name}`, value: wayMs, unit: "ms" },
          ];
        }),
        sides,
        sizes: { ...SIZES, writesPerRound: WRITES, pauseMs: PAUSE_MS, primary: PRIMARY },
        seed: SIZES.seed,
        notes: [
          "A region reckons the log's time from above: what it says is the lag or more.",
          "One document a write. The twin's three regions share this machine, and apply each write at the same time.",
        ],
      };
    } finally {
      await redis.end();
      await bench.end();
    }
  },
};

async function writeAndLook(bench: BenchTwin): Promise<Round> {
  const writer = await bench.twin.client("iad");
  for (let i = 0; i < WRITES; i++) {
    const document = { id: `doc-${i}`, vectors: { [SPACE]: encodeVector(bench.nextVector()) } };
    await writer.putDocuments({ collection: COLLECTION, documents: [document] });
    await delay(PAUSE_MS);
  }
  await bench.settle();
  const view = required(
    (await writer.collections()).find(({ name }) => name === COLLECTION),
    "the collection is there",
  );
  const { redisToken } = await openSecrets(bench.twin.state);
  const lags = await Promise.all(
    REGIONS.map(async ({ name }) => {
      const { url } = required(
        bench.report.redis.find(({ role, region }) => role === "region" && region === name),
        "a Redis a region",
      );
      const redis = createUpstashClient(url, redisToken);
      const newest = await redis.lrange(`nf:lags:${view.incarnation}`, 0, WRITES - 1);
      return newest.map(Number);
    }),
  );
  return summary(lags);
}

/** @param lags of each region */
function summary(lags: readonly (readonly number[])[]): Round {
  const entries = REGIONS.flatMap(({ name }, i): [string, number][] => {
    const of = required(lags[i], "lags of each region");
    return [
      [`${name} p50`, percentile(of, 50)],
      [`${name} p99`, percentile(of, 99)],
    ];
  });
  return Object.fromEntries(entries);
}

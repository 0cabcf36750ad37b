import { once } from "node:events";
import { Agent } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { HOT_LIST_KEYS } from "../../shared/contracts/hot-query.ts";
import { required } from "../../shared/std/assert.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { until } from "../flows/start-twin.ts";
import { openSecrets } from "../twin/keys.ts";
import type { Benchmark } from "./benchmark.ts";
import { startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { figureOf } from "./figures.ts";
import { send } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";
import { createZipf } from "./zipf.ts";

const SIZES = { documents: 1_000, dimension: 64, shards: 2, seed: 47 };
/** As hot a set as a location takes over with its first request. */
const QUERIES = 40;
const CALLS = 60;
const CRON_MS = 1_000;
/** Two locations of one region: the farther one is measured. */
const LOCATION = "gru";
const REGION = "us-east-1";
const BOUND_MS = 60_000;

export const warm: Benchmark = {
  name: "warm",
  measures:
    "the hot set at a location whose memory is gone, with its region's answers gone too, as after a deploy or in a new region: hit rate and p50 of the first calls; WAN on",
  reference: "the same without the list of what is hot",

  async run({ rounds, say }) {
    const env = { NEARFIELD_CRON_MS: String(CRON_MS) };
    const bench = await startBenchTwin({ ...SIZES, wan: true, env, say });
    const agent = new Agent({ keepAlive: false });
    const zipf = createZipf(QUERIES, 1.1, seededRandom(SIZES.seed));
    const hot = Array.from({ length: QUERIES }, () => bench.nextVector());
    const next = () => required(hot[zipf()], "a query of that rank");
    try {
      say(`${CALLS} calls a side and round, right after the restart`);
      const redis = await redisOf(bench);
      const restarted = async (warmed: boolean): Promise<Round> => {
        for (const vector of hot) await send(agent, ask(bench, vector));
        await told(redis, () => send(agent, ask(bench, next())));
        const answers = await redis.keys("nf:answer:*");
        if (!warmed) await redis.del(HOT_LIST_KEYS.heat, HOT_LIST_KEYS.queries);
        if (answers.length > 0) await redis.del(...answers);
        await delay(4 * CRON_MS);
        await restart(bench);
        return callHot(bench, agent, next);
      };
      const sides = await measureInTurn(
        { warmed: () => restarted(true), unwarmed: () => restarted(false) },
        { rounds, warmUps: 1 },
      );
      const { warmed, unwarmed } = sides;
      return {
        figures: [
          figureOf("hit rate to the unwarmed", "x", ratio(warmed, unwarmed, "hitRate"), {
            atLeast: 3,
          }),
          figureOf("p50 to the unwarmed", "x", ratio(warmed, unwarmed, "p50"), { atMost: 0.3 }),
          figureOf("hit rate", "", spread(values(warmed, "hitRate"))),
          figureOf("hit rate, unwarmed", "", spread(values(unwarmed, "hitRate"))),
          figureOf("p50", "ms", spread(values(warmed, "p50"))),
          figureOf("p50, unwarmed", "ms", spread(values(unwarmed, "p50"))),
        ],
        sides,
        sizes: {
          ...SIZES,
          queries: QUERIES,
          calls: CALLS,
          cronMs: CRON_MS,
          maxStalenessMs: BOUND_MS,
        },
        seed: SIZES.seed,
        notes: [
          "A repeat is a hit on both sides: with Zipf traffic over 40 queries the unwarmed side has hits too, the more the longer it is measured.",
          "A hit is an answer that no region was called for. The cron that replays runs each second here, each minute in the cloud.",
        ],
      };
    } finally {
      agent.destroy();
      await bench.end();
    }
  },
};

function ask(bench: BenchTwin, vector: Float32Array) {
  return bench.ask(LOCATION, vector, { maxStalenessMs: BOUND_MS });
}

async function callHot(bench: BenchTwin, agent: Agent, next: () => Float32Array): Promise<Round> {
  const latencies: number[] = [];
  let hits = 0;
  for (let i = 0; i < CALLS; i++) {
    const startMs = performance.now();
    const { status, body } = await send(agent, ask(bench, next()));
    latencies.push(performance.now() - startMs);
    if (status !== 200) throw new Error(`a hot query was answered ${status}`);
    const { tier } = JSON.parse(body.toString()) as { tier: string };
    if (tier !== "region") hits += 1;
  }
  return { hitRate: hits / CALLS, p50: percentile(latencies, 50) };
}

/**
 * Ends the locations' host, whose caches lie on its disk as long as it lives, and waits until the location listens again, without asking
 * it anything.
 */
async function restart({ twin }: BenchTwin): Promise<void> {
  const location = async () =>
    required(
      (await twin.report()).locations.find(({ name }) => name === LOCATION),
      "the location",
    );
  const { pid: before, url } = await location();
  process.kill((await twin.report()).edge.pid, "SIGTERM");
  await until(
    async () => {
      const { pid } = await location();
      return pid !== before && (await listens(new URL(url)));
    },
    30_000,
    () => `${LOCATION} does not come back`,
  );
}

async function listens({ hostname, port }: URL): Promise<boolean> {
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function redisOf({ report, twin }: BenchTwin) {
  const { url } = required(
    report.redis.find(({ role, region }) => role === "region" && region === REGION),
    "the region has a Redis",
  );
  return createUpstashClient(url, (await openSecrets(twin.state)).redisToken);
}

/** Waits until the location has told its region what is hot: it does so every ten seconds, with a request. */
async function told(
  redis: ReturnType<typeof createUpstashClient>,
  request: () => Promise<unknown>,
): Promise<void> {
  await until(
    async () => {
      await request();
      return (await redis.zcard(HOT_LIST_KEYS.heat)) >= QUERIES;
    },
    20_000,
    () => "the location tells nothing",
  );
}

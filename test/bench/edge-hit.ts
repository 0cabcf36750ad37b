import autocannon from "autocannon";
import { Agent } from "node:http";
import path from "node:path";
import type { Benchmark, BenchOptions, Figure } from "./benchmark.ts";
import { startBareRoute } from "./bare-route.ts";
import { startBenchTwin, type BenchTwin } from "./bench-twin.ts";
import { COMPATIBILITY_DATE } from "./compatibility-date.ts";
import { figureOf } from "./figures.ts";
import { send, sendOpenLoop, type HttpCall } from "./open-loop.ts";
import { measureInTurn, ratio, spread, values, type Round } from "./paired.ts";

const SEED = 11;
const DOCUMENTS = 1_000;
const DIMENSION = 384;
const K = 10;
const CONNECTIONS = 8;
/** Share of the slower side's rate at which latencies are taken: below it queues stay short. */
const LOAD_SHARE = 0.5;
const WARM_UP_CALLS = 200;

export const edgeHit: Benchmark = {
  name: "edge-hit",
  measures: "a cached retrieval at one location, whole: door, key, freshness check, body",
  reference: "a bare Hono route in its own workerd that returns the same bytes",

  async run(options) {
    const bench = await startBenchTwin({
      documents: DOCUMENTS,
      dimension: DIMENSION,
      shards: 4,
      seed: SEED,
      say: options.say,
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 128 });
    const ending: (() => Promise<void>)[] = [];
    try {
      const hit = bench.retrieve(bench.nextVector(), K);
      const body = await warm(agent, hit);
      const bare = await startBareRoute(body, COMPATIBILITY_DATE, null);
      ending.push(bare.end);
      const assets = path.join(bench.twin.state, "edge/assets");
      const routed = await startBareRoute(body, COMPATIBILITY_DATE, assets);
      ending.push(routed.end);
      const calls = {
        nearfield: hit,
        bare: { ...hit, url: bare.url },
        bareBehindAssets: { ...hit, url: routed.url },
      };
      await warm(agent, calls.bare);
      await warm(agent, calls.bareBehindAssets);
      return await measure(bench, agent, calls, Buffer.byteLength(body), options);
    } finally {
      agent.destroy();
      for (const end of ending) await end();
      await bench.end();
    }
  },
};

type Side = "nearfield" | "bare" | "bareBehindAssets";

async function measure(
  bench: BenchTwin,
  agent: Agent,
  calls: Readonly<Record<Side, HttpCall>>,
  bodyBytes: number,
  { rounds, seconds, say }: BenchOptions,
) {
  say(`${CONNECTIONS} connections in a closed loop`);
  const closed = await measureInTurn(
    {
      nearfield: () => saturate(calls.nearfield, seconds),
      bare: () => saturate(calls.bare, seconds),
      bareBehindAssets: () => saturate(calls.bareBehindAssets, seconds),
    },
    { rounds, warmUps: 1 },
  );
  const rate = Math.floor(LOAD_SHARE * Math.min(...values(closed.nearfield, "rate")));
  say(`${rate} arrivals a second, open loop`);
  const arrive = (call: HttpCall) => async (): Promise<Round> => ({
    ...(await sendOpenLoop({ rate, seconds, agent, call: () => call })),
  });
  const open = await measureInTurn(
    {
      nearfield: arrive(calls.nearfield),
      bare: arrive(calls.bare),
      bareBehindAssets: arrive(calls.bareBehindAssets),
    },
    { rounds, warmUps: 1 },
  );
  const figures: Figure[] = [
    figureOf("requests/s to the bare route", "x", ratio(closed.nearfield, closed.bare, "rate"), {
      atLeast: 0.8,
    }),
    figureOf(
      "requests/s to the bare route behind the asset router",
      "x",
      ratio(closed.nearfield, closed.bareBehindAssets, "rate"),
    ),
    figureOf("p99 to the bare route, open loop", "x", ratio(open.nearfield, open.bare, "p99"), {
      atMost: 1.3,
    }),
    figureOf("requests/s", "/s", spread(values(closed.nearfield, "rate"))),
    figureOf("requests/s, bare", "/s", spread(values(closed.bare, "rate"))),
    figureOf("p50, open loop", "ms", spread(values(open.nearfield, "p50"))),
    figureOf("p99, open loop", "ms", spread(values(open.nearfield, "p99"))),
    figureOf("p99, open loop, bare", "ms", spread(values(open.bare, "p99"))),
  ];
  return {
    figures,
    sides: {
      nearfield: merge(closed.nearfield, open.nearfield),
      bare: merge(closed.bare, open.bare),
      bareBehindAssets: merge(closed.bareBehindAssets, open.bareBehindAssets),
    },
    sizes: {
      documents: DOCUMENTS,
      dimension: DIMENSION,
      k: K,
      bodyBytes,
      connections: CONNECTIONS,
      arrivalsPerS: rate,
    },
    seed: SEED,
    notes: [
      `answers by tier: ${await answersByTier(bench)}`,
      "The twin's locations stand behind Miniflare's asset router, as they do behind Cloudflare's; the third side has it too.",
      `errors: ${[...values(closed.nearfield, "errors"), ...values(open.nearfield, "errors")].reduce((a, b) => a + b, 0)} of nearfield's calls.`,
    ],
  };
}

/** Calls one after another until all that is compiled and cached on the way is. @returns the last body */
async function warm(agent: Agent, call: HttpCall): Promise<string> {
  let body = "";
  for (let i = 0; i < WARM_UP_CALLS; i++) {
    const answer = await send(agent, call);
    body = answer.body.toString();
    if (answer.status !== 200) throw new Error(`${call.url} answered ${answer.status}: ${body}`);
  }
  return body;
}

async function saturate(call: HttpCall, seconds: number): Promise<Round> {
  const { requests, errors, timeouts, non2xx } = await autocannon({
    ...call,
    connections: CONNECTIONS,
    duration: seconds,
  });
  return { rate: requests.total / seconds, errors: errors + timeouts + non2xx };
}

/** What the location itself counted: that the calls were hits. */
async function answersByTier(bench: BenchTwin): Promise<string> {
  const url = new URL("/metrics", bench.retrieve(bench.nextVector(), K).url);
  const response = await fetch(url, { headers: { authorization: `Bearer ${bench.report.key}` } });
  const text = await response.text();
  return [...text.matchAll(/^nearfield_edge_answers_total\{tier="(\w+)"\} (\d+)/gm)]
    .map(([, tier, count]) => `${tier} ${count}`)
    .join(", ");
}

function merge(closed: readonly Round[], open: readonly Round[]): Round[] {
  return closed.map((round, i) => ({ ...round, ...open[i] }));
}

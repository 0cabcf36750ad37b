/** `npm run bench -- NAMES...`: measures, prints a table and one JSON line each, and keeps it in .nearfield/bench/NAME.json. */
import { Command, InvalidArgumentError } from "commander";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "./benchmark.ts";
import { describeMachine, load } from "./machine.ts";
import { reportOf, tableOf } from "./report.ts";

const OUT = fileURLToPath(new URL("../../.nearfield/bench/", import.meta.url));

/** Loaded one by one: each brings what it measures. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  "edge-hit": async () => (await import("./edge-hit.ts")).edgeHit,
  "edge-miss": async () => (await import("./edge-miss.ts")).edgeMiss,
  start: async () => (await import("./start.ts")).start,
  routing: async () => (await import("./routing.ts")).routing,
  "region-overhead": async () => (await import("./region-overhead.ts")).regionOverhead,
  "fan-out": async () => (await import("./fan-out.ts")).fanOutBenchmark,
  ann: async () => (await import("./ann.ts")).ann,
  "under-writes": async () => (await import("./under-writes.ts")).underWrites,
  ingest: async () => (await import("./ingest.ts")).ingest,
  "replication-lag": async () => (await import("./replication-lag.ts")).replicationLag,
  "catch-up": async () => (await import("./catch-up.ts")).catchUp,
  warm: async () => (await import("./warm.ts")).warm,
  "cache-gain": async () => (await import("./cache-gain.ts")).cacheGain,
  reach: async () => (await import("./reach.ts")).reach,
  failover: async () => (await import("./failover.ts")).failover,
  invalidation: async () => (await import("./invalidation.ts")).invalidation,
  quality: async () => (await import("./quality.ts")).quality,
};

const program = new Command("npm run bench --")
  .description(
    "Measures parts of nearfield against a reference in the same run. A goal that is missed is printed, and is no failure; " +
      "a benchmark that measured nothing exits 1. See shared/docs/benchmarks.md.",
  )
  .argument("<names...>", `what to measure: all, or some of ${Object.keys(BENCHMARKS).join(", ")}`)
  .option("--rounds <n>", "rounds of A B", readCount, 5)
  .option("--seconds <s>", "seconds a side and round, where it is sent for a time", readSeconds, 3)
  .option(
    "--size <name=number>",
    "another size than the benchmark's own, e.g. documents=20000; may be repeated",
    readSize,
    {},
  )
  .option("--peers", "ann: also measure other engines, which are installed first", false)
  .option("--json", "print the JSON lines only", false)
  .showHelpAfterError("(--help lists the names)")
  .parse();
const { rounds, seconds, json, size, peers } = program.opts<{
  rounds: number;
  seconds: number;
  json: boolean;
  size: Readonly<Record<string, number>>;
  peers: boolean;
}>();
const names = program.args.includes("all") ? Object.keys(BENCHMARKS) : program.args;
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0)
  program.error(`There is no benchmark ${unknown.join(", ")} (--help lists the names)`);

let failures = 0;
for (const name of names) {
  try {
    await run(name);
  } catch (error) {
    failures += 1;
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${name} measured nothing: ${said}\n`);
  }
}
process.exit(failures > 0 ? 1 : 0);

async function run(name: string): Promise<void> {
  const benchmark = await BENCHMARKS[name]?.();
  if (benchmark === undefined) throw new Error("it is not there");
  const machine = describeMachine();
  const startMs = performance.now();
  const say = (step: string) => void process.stderr.write(json ? "" : `  ${name}: ${step}\n`);
  const sizes = sizesOf(benchmark);
  const measurement = await benchmark.run({ rounds, seconds, sizes, peers, say });
  if (measurement.figures.length === 0) throw new Error("it has no figures");
  const report = reportOf(benchmark, measurement, machine, {
    at: new Date().toISOString(),
    tookS: Math.round((performance.now() - startMs) / 1_000),
    loadAfter: load(),
    rounds,
  });
  if (!json) process.stdout.write(`${tableOf(report)}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  await mkdir(OUT, { recursive: true });
  await writeFile(path.join(OUT, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** @throws where a size is given that the benchmark does not have */
function sizesOf({ sizes = {} }: Benchmark): Record<string, number> {
  const strange = Object.keys(size).filter((name) => !Object.hasOwn(sizes, name));
  if (strange.length > 0) {
    const known = Object.keys(sizes).join(", ") || "none";
    throw new Error(`it has no size ${strange.join(", ")}; its sizes are: ${known}`);
  }
  return { ...sizes, ...size };
}

function readSize(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const [, name, digits] = /^([A-Za-z]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined || digits === undefined)
    throw new InvalidArgumentError("NAME=NUMBER is needed.");
  return { ...before, [name]: Number(digits) };
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000)
    throw new InvalidArgumentError("A whole number from 1 to 1000 is needed.");
  return count;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 600))
    throw new InvalidArgumentError("More than 0 and at most 600 seconds are needed.");
  return seconds;
}

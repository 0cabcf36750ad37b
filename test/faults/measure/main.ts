/** `npm run faults -- NAMES...`: runs a twin under load through a fault, and says what its callers saw. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { percentile } from "../../../shared/std/percentile.ts";
import { seededRandom } from "../../../shared/std/random.ts";
import { required } from "../../../shared/std/assert.ts";
import { DEADLINE_MS, MixedLoad, type Sample } from "./load.ts";
import { ROWS, TESTED, type FaultRow } from "./rows.ts";
import { FaultWorld } from "./world.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Load, as a share of what the twin did in a moment before. */
const LOAD_SHARE = 0.4;
const CAPACITY_MS = 4_000;
const CAPACITY_RATE = 200;
const SETTLE_MS_MAX = 15_000;
const LATE_MS = 100;

const program = new Command("npm run faults --")
  .description(
    "Measures faults: open-loop load from all locations before, during and after each. Exits 1 where callers saw what must never be seen.",
  )
  .argument(
    "<names...>",
    `all, or some of ${[...Object.keys(ROWS), ...Object.keys(TESTED)].join(", ")}`,
  )
  .option("--seconds <s>", "of each window: healthy, fault, after", readSeconds, 20)
  .option("--seed <n>", "of the load", Number, 1)
  .showHelpAfterError("(--help lists the names)")
  .parse();
const { seconds, seed } = program.opts<{ seconds: number; seed: number }>();
const known = [...Object.keys(ROWS), ...Object.keys(TESTED)];
const names = program.args.includes("all") ? known : program.args;
const strange = names.filter((name) => !known.includes(name));
if (strange.length > 0)
  program.error(`There is no fault ${strange.join(", ")} (--help lists them)`);

let findings = 0;
for (const name of names) {
  const row = ROWS[name];
  const found = row === undefined ? await runTests(name) : await measure(name, row);
  findings += found.length;
}
process.exit(findings > 0 ? 1 : 0);

async function runTests(name: string): Promise<string[]> {
  const vitest = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const files = required(TESTED[name], "a row with tests");
  const args = [vitest, "run", "--config", "test/vitest.full.config.ts", ...files];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  const found = code === 0 ? [] : [`${files.join(", ")} fails`];
  print({ name, how: `the tests in ${files.join(", ")}`, findings: found });
  return found;
}

async function measure(name: string, row: FaultRow): Promise<string[]> {
  const world = await FaultWorld.start();
  try {
    const clients = await world.clients();
    const random = seededRandom(seed);
    const perS = LOAD_SHARE * (await capacity(clients));
    const load = new MixedLoad(clients, random, { hotShare: row.hotShare ?? 0 });
    const running = load.run(perS);
    const cuts = [performance.now()];
    const calls = [await world.regionCalls()];
    const window = async () => {
      await delay(seconds * 1_000);
      cuts.push(performance.now());
      calls.push(await world.regionCalls());
    };
    await window();
    const heal = await row.begin(world);
    await window();
    await heal();
    await delay(SETTLE_MS_MAX);
    cuts[2] = performance.now();
    calls[2] = await world.regionCalls();
    await window();
    load.stop();
    await running;
    const windows = ["healthy", "fault", "after"].map((title, i) =>
      summary(title, load.samples, cuts, calls, i),
    );
    const during = between(load.samples, cuts[1], (cuts[1] ?? 0) + seconds * 1_000);
    const found = [
      ...judge(windows, during, row),
      ...(row.forbidden?.(during) ?? []),
      ...((await row.healed?.(world)) ?? []),
      ...(await world.converged(load.written, SETTLE_MS_MAX)),
    ];
    print({ name, how: row.how, perS: Math.round(perS * 10) / 10, windows, findings: found });
    return found;
  } finally {
    await world.end();
  }
}

type Window = ReturnType<typeof summary>;

function summary(
  title: string,
  samples: readonly Sample[],
  cuts: readonly number[],
  calls: readonly number[],
  i: number,
) {
  const own = between(samples, cuts[i], cuts[i + 1]);
  const ok = own.filter((sample) => sample.ok);
  const tooks = ok.map(({ tookMs }) => tookMs);
  const failed = new Map<string, number>();
  for (const { kind, code } of own.filter((sample) => !sample.ok))
    failed.set(`${kind} ${code ?? "wrong"}`, (failed.get(`${kind} ${code ?? "wrong"}`) ?? 0) + 1);
  const attempts = (calls[i + 1] ?? 0) - (calls[i] ?? 0);
  return {
    title,
    n: own.length,
    failed: Object.fromEntries(failed),
    failedReads: own.filter((sample) => !sample.ok && sample.kind !== "write").length,
    failedWrites: own.filter((sample) => !sample.ok && sample.kind === "write").length,
    p50Ms: tooks.length === 0 ? null : Math.round(percentile(tooks, 50)),
    p99Ms: tooks.length === 0 ? null : Math.round(percentile(tooks, 99)),
    callsPerRequest: Math.round((100 * attempts) / Math.max(1, own.length)) / 100,
    late: own.filter(({ tookMs }) => tookMs > DEADLINE_MS + LATE_MS).length,
    withoutCode: own.filter(({ code }) => code === "none").length,
  };
}

/** What callers must not see. At most two requests of a window may fail (99.9 % of fewer than 2,000). */
function judge(windows: readonly Window[], during: readonly Sample[], row: FaultRow): string[] {
  const found: string[] = [];
  for (const window of windows) {
    const allowed = Math.max(2, window.n / 1_000);
    if (window.failedReads > allowed)
      found.push(`${window.title}: ${window.failedReads} reads failed`);
    const writesMayFail = window.title === "fault" && row.writesMayFail === true;
    if (window.failedWrites > allowed && !writesMayFail)
      found.push(`${window.title}: ${window.failedWrites} writes failed`);
    if (window.callsPerRequest > 1.1)
      found.push(`${window.title}: ${window.callsPerRequest} calls of regions a request`);
    if (window.late > 0) found.push(`${window.title}: ${window.late} answers past their deadline`);
    if (window.withoutCode > 0)
      found.push(`${window.title}: ${window.withoutCode} failures without a code`);
  }
  if (during.length === 0) found.push("nothing was asked while the fault lasted");
  return found;
}

function between(samples: readonly Sample[], from = 0, to = 0): Sample[] {
  return samples.filter(({ dueMs }) => dueMs >= from && dueMs < to);
}

/** Requests a second that are answered where more are sent than can be: what a share of is a load. */
async function capacity(clients: Awaited<ReturnType<FaultWorld["clients"]>>): Promise<number> {
  const load = new MixedLoad(clients, seededRandom(seed + 1), { hotShare: 0 });
  const running = load.run(CAPACITY_RATE);
  await delay(CAPACITY_MS);
  load.stop();
  const done = load.samples.filter(({ ok }) => ok).length;
  await running;
  return Math.max(10, (done * 1_000) / CAPACITY_MS);
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

function readSeconds(text: string): number {
  const value = Number(text);
  if (!(value >= 2 && value <= 300))
    throw new InvalidArgumentError("From 2 to 300 seconds are needed.");
  return value;
}

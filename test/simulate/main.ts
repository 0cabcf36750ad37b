/** `npm run simulate`: the real engine on virtual time, seed after seed; with `--bugs` each planted bug until it is caught. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { readCount } from "../read-count.ts";
import { openEngines } from "./engines.ts";
import { BUGS } from "./bugs.ts";
import { hunt } from "./hunt.ts";
import { CAUGHT_ELSEWHERE, NOT_PLANTED } from "./planted.ts";
import { runSeed } from "./run-seed.ts";

/** After so many bad seeds the others say the same. */
const BAD_MAX = 3;
const NAME_CHARS = 40;

const values = new Command("npm run simulate --")
  .description(
    "Runs the real engine on virtual time while everything goes wrong, seed after seed, and checks what came of it. Exits 1 on a finding, and says how to repeat it.",
  )
  .option("--seeds <n>", "how many", readCount, 200)
  .option("--seed <n>", "the first", readCount, 1)
  .option("--ops <n>", "operations of each", readCount, 300)
  .option("--plant <bug>", "plants a bug, which is to be found")
  .option("--bugs", "plants one bug after the other, each until it is caught", false)
  .option("--trace <file>", "where to write each event of the last seed")
  .showHelpAfterError("(--help lists the options)")
  .parse()
  .opts<{
    seeds: number;
    seed: number;
    ops: number;
    plant?: string;
    bugs: boolean;
    trace?: string;
  }>();
const { seeds, seed: first, ops } = values;
const engines = await openEngines();
process.exitCode = (await (values.bugs ? huntAll() : simulate())) ? 0 : 1;
// Engines of their own hold nothing that a process has to wait for, but may keep it.
for (const engine of engines) engine.close();

/** @returns whether every seed is clean */
async function simulate(): Promise<boolean> {
  const { plant, trace } = values;
  const bug = plant === undefined ? null : BUGS[plant];
  if (bug === undefined)
    throw new Error(`There is no bug ${plant}: ${Object.keys(BUGS).join(", ")}`);
  const startMs = performance.now();
  const bad: number[] = [];
  const sums: Record<string, number> = {};
  let [done, last] = [0, ""];
  for (let seed = first; seed < first + seeds && bad.length < BAD_MAX; seed++) {
    const lines: string[] = [];
    const onEvent = trace === undefined ? null : (line: string) => void lines.push(line);
    const result = await runSeed({ seed, ops, engines, bug, wanted: [], onEvent });
    if (trace !== undefined) writeFileSync(trace, `${lines.join("\n")}\n`);
    [done, last] = [done + 1, result.trace];
    const { events, virtualMs, sightings, findings } = result;
    for (const [name, count] of Object.entries({ events, virtualMs, ...sightings }))
      sums[name] = (sums[name] ?? 0) + count;
    if (findings.length === 0) continue;
    bad.push(seed);
    const planted = plant === undefined ? "" : ` --plant ${plant}`;
    for (const { check, what, ops: about } of findings)
      process.stderr.write(`seed ${seed}: ${check}: ${what} (operations ${about.join(", ")})\n`);
    process.stderr.write(
      `  again: npm run simulate -- --seeds 1 --seed ${seed} --ops ${ops}${planted}\n`,
    );
  }
  const wallMs = performance.now() - startMs;
  const { operations = 0, events = 0, virtualMs = 0, ...sightings } = sums;
  const report = {
    seeds: done,
    clean: done - bad.length,
    bad,
    operations,
    events,
    opsPerS: Math.round((operations / wallMs) * 1_000),
    timesRealTime: Math.round(virtualMs / wallMs),
    sightings,
    trace: last,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return bad.length === 0;
}

/** @returns whether every bug is caught */
async function huntAll(): Promise<boolean> {
  let all = true;
  for (const bug of Object.keys(BUGS)) {
    const { seed, checks } = await hunt(bug, engines, { first, seeds, ops }, null);
    all &&= seed !== null;
    process.stdout.write(
      `${bug.padEnd(NAME_CHARS)} ${seed === null ? "NOT CAUGHT" : `seed ${seed}: ${checks.join(", ")}`}\n`,
    );
  }
  for (const [bug, by] of Object.entries(CAUGHT_ELSEWHERE))
    process.stdout.write(`${bug.padEnd(NAME_CHARS)} ${by}\n`);
  for (const [bug, why] of Object.entries(NOT_PLANTED))
    process.stdout.write(`${bug.padEnd(NAME_CHARS)} not planted: ${why}\n`);
  return all;
}

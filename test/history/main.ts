/** `npm run history`: a recorded load on a twin of its own, faults at its joints and processes, and the checks. */
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { readCount } from "../read-count.ts";
import { startTwin } from "../flows/start-twin.ts";
import { BUGS } from "../simulate/bugs.ts";
import { findEngine } from "../twin/redis/find-engine.ts";
import { writeOperations } from "./operation.ts";
import { NOT_IN_TWIN, plantedEnv, plantedSend } from "./plant/planted.ts";
import { runTwinHistory } from "./twin-history.ts";

const values = new Command("npm run history --")
  .description(
    "Records a load on a twin of its own, whose processes are killed and stopped and whose links are cut, and checks it against the log. Prints one line of JSON; exits 1 on a finding.",
  )
  .option("--ops <n>", "operations", readCount, 10_000)
  .option("--seed <n>", "of the load and the faults", readCount, 1)
  .option("--clients <n>", "at a time", readCount, 12)
  .addOption(
    new Option("--plant <bug>", "a bug in the twin's processes, which is to be found").choices(
      Object.keys(BUGS).filter((name) => NOT_IN_TWIN[name] === undefined),
    ),
  )
  .option("--out <file>", "where to write the history, one operation a line")
  .showHelpAfterError("(--help lists the options)")
  .parse()
  .opts<{ ops: number; seed: number; clients: number; plant?: string; out?: string }>();
const { ops, seed, clients, plant = null } = values;
const engine = await findEngine(process.env["NEARFIELD_REDIS"], process.env["PATH"] ?? "");
const redis = engine.kind === "js" ? "js" : engine.path;
const twin = await startTwin({ redis, args: ["--wan", "off"], env: plantedEnv(plant) });
try {
  const result = await runTwinHistory(twin, {
    ops,
    seed,
    clients,
    thinkMs: 40,
    everyMs: 4_000,
    lastsMs: 8_000,
    through: (send) => plantedSend(plant, send),
    wanted: [
      "failover",
      "cache-hit-after-write",
      "stale-candidate-refused",
      "duplicate-dropped",
      "outcome-unknown",
      "condition-refused",
    ],
  });
  const { operations, ...said } = result;
  if (values.out !== undefined) writeFileSync(values.out, writeOperations(operations));
  const redisName = engine.kind === "js" ? "js" : engine.name;
  process.stdout.write(
    `${JSON.stringify({ ops: operations.length, seed, plant, redis: redisName, ...said })}\n`,
  );
  process.exitCode = result.findings.length > 0 ? 1 : 0;
} finally {
  await twin.stop();
  await twin.remove();
}

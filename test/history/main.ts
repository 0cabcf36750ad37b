/** `npm run history`: a recorded load on a twin of its own, faults at its joints and processes, and the checks. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startTwin } from "../flows/start-twin.ts";
import { findEngine } from "../twin/redis/find-engine.ts";
import { writeOperations } from "./operation.ts";
import { runTwinHistory } from "./twin-history.ts";

const { values } = parseArgs({
  options: {
    ops: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    clients: { type: "string", default: "12" },
    /** The history, one operation a line. */
    out: { type: "string" },
  },
});
const [ops = 0, seed = 0, clients = 0] = [values.ops, values.seed, values.clients].map(Number);
const engine = await findEngine(process.env["NEARFIELD_REDIS"], process.env["PATH"] ?? "");
const redis = engine.kind === "js" ? "js" : engine.path;
const twin = await startTwin({ redis, args: ["--wan", "off"] });
try {
  const result = await runTwinHistory(twin, {
    ops,
    seed,
    clients,
    thinkMs: 40,
    everyMs: 4_000,
    lastsMs: 8_000,
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
    `${JSON.stringify({ ops: operations.length, seed, redis: redisName, ...said })}\n`,
  );
  process.exitCode = result.findings.length > 0 ? 1 : 0;
} finally {
  await twin.stop();
  await twin.remove();
}

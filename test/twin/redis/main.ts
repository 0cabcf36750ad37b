/**
 * One Redis of the twin: the Upstash REST protocol in front of an engine.
 *
 * `main.ts --dir FOLDER [--port 0] [--role log|region]`, with NEARFIELD_REDIS_TOKEN, and NEARFIELD_REDIS for the choice of
 * the engine. Prints one line of JSON when it serves. Ends on SIGTERM, and when the process that started it is gone.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { RedisEngine } from "./engine.ts";
import { findEngine } from "./find-engine.ts";
import { IoredisEngine } from "./ioredis-engine.ts";
import { JsEngine } from "./js-engine.ts";
import { RedisProcess } from "./redis-process.ts";
import { undurable } from "./undurable.ts";
import { createUpstashFront } from "./upstash-front.ts";

const READY_MS_MAX = 30_000;
const STOP_MS_MAX = 5_000;
const PID_LOOK_MS = 300;

const { values } = parseArgs({
  options: {
    dir: { type: "string" },
    port: { type: "string", default: "0" },
    role: { type: "string", default: "region" },
  },
});
const token = process.env["NEARFIELD_REDIS_TOKEN"] ?? "";
if (
  values.dir === undefined ||
  token === "" ||
  (values.role !== "log" && values.role !== "region")
) {
  throw new Error(
    "usage: NEARFIELD_REDIS_TOKEN=... main.ts --dir FOLDER [--port N] [--role log|region]",
  );
}
const folder = resolve(values.dir);
mkdirSync(folder, { recursive: true });

const engine = await startEngine(folder, values.role);
const server = createUpstashFront({ engine, token, log });
server.listen(Number(values.port), "127.0.0.1", () => {
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  process.stdout.write(
    `${JSON.stringify({ ready: true, port, engine: engine.name, enginePid: engine.pid() })}\n`,
  );
});

// An engine that was restarted has another pid: whoever signals processes has to hear of it.
let enginePid = engine.pid();
setInterval(() => {
  if (engine.pid() === enginePid) return;
  enginePid = engine.pid();
  process.send?.({ enginePid });
}, PID_LOOK_MS).unref();

let stopping = false;
const stop = async (): Promise<void> => {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
  server.close();
  server.closeAllConnections();
  await engine.stop();
  process.exit(0);
};
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
process.once("disconnect", () => void stop());

async function startEngine(dir: string, role: "log" | "region"): Promise<RedisEngine> {
  const choice = await findEngine(process.env["NEARFIELD_REDIS"], process.env["PATH"] ?? "");
  if (choice.kind === "js")
    return await JsEngine.start({ folder: dir, wallMs: Date.now, random: Math.random, log });
  const child = new RedisProcess({ binary: choice.path, folder: dir, role, log });
  await child.start();
  const started = new IoredisEngine(
    choice.name,
    child.socketPath,
    () => child.pid(),
    () => child.stop(),
    log,
  );
  await started.ready(READY_MS_MAX);
  const complaint = role === "log" ? await undurable(started) : null;
  if (complaint === null) return started;
  await started.stop();
  log(complaint);
  process.exit(1);
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * The twin's four locations: a workerd each, run by Miniflare from one bundle, in one host process. Config comes as JSON in
 * NEARFIELD_EDGE_CONFIG; the host says on stdout when all are ready, and over IPC whenever a workerd has a new pid.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { z } from "zod";

const Config = z.strictObject({
  scriptPath: z.string(),
  assetsPath: z.string(),
  compatibilityDate: z.string(),
  locations: z.array(
    z.strictObject({
      name: z.string(),
      port: z.int(),
      cf: z.record(z.string(), z.string()),
      bindings: z.record(z.string(), z.json()),
    }),
  ),
});

const PID_LOOK_MS = 300;
/** As wrangler.toml's cron has it; a test does not wait so long. */
const CRON_MS = Number(process.env["NEARFIELD_CRON_MS"] ?? 60_000);

const config = Config.parse(JSON.parse(process.env["NEARFIELD_EDGE_CONFIG"] ?? "null"));
const running = await Promise.all(
  config.locations.map(async ({ port, cf, bindings }) => {
    const miniflare = new Miniflare({
      modules: true,
      scriptPath: config.scriptPath,
      modulesRoot: path.dirname(config.scriptPath), // Else the folder that the twin was started from.
      compatibilityDate: config.compatibilityDate,
      host: "127.0.0.1",
      port,
      cf,
      bindings,
      cache: true,
      assets: {
        directory: config.assetsPath,
        binding: "ASSETS",
        routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
      },
      log: new Log(LogLevel.ERROR),
      logRequests: false,
    });
    await miniflare.ready;
    return miniflare;
  }),
);

let pids = workerdPids();
process.stdout.write(`${JSON.stringify({ ready: true, pids })}\n`);
const look = setInterval(() => {
  const now = workerdPids();
  if (JSON.stringify(now) === JSON.stringify(pids)) return;
  pids = now;
  process.send?.({ pids });
}, PID_LOOK_MS);

/** A cron runs at one location only, as in the cloud. */
const cron = setInterval(() => {
  const worker = running[0]?.getWorker();
  worker?.then((fetcher) => fetcher.scheduled({ cron: "* * * * *" })).catch(logFailure);
}, CRON_MS);

function logFailure(error: unknown): void {
  process.stderr.write(`${JSON.stringify({ event: "cron-failed", error: String(error) })}\n`);
}

async function stop(): Promise<void> {
  clearInterval(look);
  clearInterval(cron);
  await Promise.all(running.map((miniflare) => miniflare.dispose()));
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
process.once("disconnect", () => void stop());

/** This process's workerd children by location: each has its port on its command line. */
function workerdPids(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const [stat, command] = [readProc(`/proc/${entry}/stat`), readProc(`/proc/${entry}/cmdline`)];
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent !== process.pid || !command.includes("workerd")) continue;
    const location = config.locations.find(({ port }) => command.includes(`127.0.0.1:${port}`));
    if (location !== undefined) found[location.name] = Number(entry);
  }
  return found;
}

/** Empty for a process that has just gone. */
function readProc(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

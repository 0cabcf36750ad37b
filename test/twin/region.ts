/**
 * One region of the twin: its functions behind the Lambda Invoke API, in one process, and the schedule that sweeps. `maintain`
 * has a process of its own.
 * The environment is what the functions would have in the cloud; PORT and AWS credentials beside it.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installAwslambdaShim } from "./invoke/awslambda-shim.ts";
import { createInvokeServer, INVOKE_LIMITS } from "./invoke/invoke-server.ts";
import { announceReady, endWithParent, requiredEnv } from "./child.ts";
import { logFailure, schedule } from "./schedule.ts";

/** EventBridge's shortest schedule is a minute; here a lost ring is made good sooner. */
const SWEEP_MS = 2_000;
/** How often the log and the primaries are looked at. */
const FAILOVER_MS = 1_000;
/** The same at a start, when the log was started anew too: nothing of it can be read until it is promoted. */
const FAILOVER_START_MS = 200;
/** Reads and writes come first, also after a start. */
const MAINTENANCE_START_MS = 2_000;
const MAINTENANCE = fileURLToPath(new URL("./maintain.ts", import.meta.url));
/** As long as Lambda's front keeps idle connections, and longer than the links do. */
const KEEP_ALIVE_MS = 900_000;

installAwslambdaShim();
const [search, write, replicate, answer] = await Promise.all([
  import("../../lambdas/search/handler.ts"),
  import("../../lambdas/write/handler.ts"),
  import("../../lambdas/replicate/handler.ts"),
  import("../../lambdas/answer/handler.ts"),
]);

const server = createInvokeServer({
  functions: {
    "nearfield-search": search.handler,
    "nearfield-write": write.handler,
    "nearfield-replicate": replicate.handler,
    "nearfield-answer": answer.handler,
  },
  credentials: {
    accessKeyId: requiredEnv("AWS_ACCESS_KEY_ID"),
    secretAccessKey: requiredEnv("AWS_SECRET_ACCESS_KEY"),
  },
  region: requiredEnv("NEARFIELD_REGION"),
  limits: INVOKE_LIMITS,
  nowMs: Date.now,
  log: logFailure,
});

const timer = schedule(replicate.handler, "sweep", SWEEP_MS, (error) =>
  logFailure("nearfield-replicate", error),
);

/** Watches the log and the primaries; says once that every log that is here can be read and written. */
async function watch(): Promise<void> {
  const waiting = await replicate.handler({ op: "failover" }).then(
    (reply) => ("collections" in reply ? reply.collections : 1),
    (error: unknown) => {
      if (!failing) logFailure("nearfield-replicate", error);
      return null; // The log is away: the next look may find it.
    },
  );
  failing = waiting === null;
  if (waiting === 0 && !settled) {
    settled = true;
    process.send?.({ settled });
  }
  setTimeout(() => void watch(), settled ? FAILOVER_MS : FAILOVER_START_MS).unref();
}
let settled = false;
let failing = false;

/** Ends with this process, and is started again if it ends before. */
function startMaintenance(): void {
  const child = fork(MAINTENANCE, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.once("exit", () => setTimeout(startMaintenance, MAINTENANCE_START_MS));
}

endWithParent(() => clearInterval(timer));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(requiredEnv("PORT")), "127.0.0.1", () => {
  announceReady({});
  void watch();
  setTimeout(startMaintenance, MAINTENANCE_START_MS);
});

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

/** Ends with this process, and is started again if it ends before. */
function startMaintenance(): void {
  const child = fork(MAINTENANCE, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.once("exit", () => setTimeout(startMaintenance, MAINTENANCE_START_MS));
}

endWithParent(() => clearInterval(timer));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(requiredEnv("PORT")), "127.0.0.1", () => {
  announceReady({});
  setTimeout(startMaintenance, MAINTENANCE_START_MS);
});

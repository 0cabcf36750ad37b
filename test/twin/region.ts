/**
 * One region of the twin: its functions behind the Lambda Invoke API, in one process, and the schedule that sweeps.
 * The environment is what the functions would have in the cloud; PORT and AWS credentials beside it.
 */
import { installAwslambdaShim } from "./invoke/awslambda-shim.ts";
import { createInvokeServer, INVOKE_LIMITS } from "./invoke/invoke-server.ts";
import { announceReady, endWithParent, requiredEnv } from "./child.ts";

/** EventBridge's shortest schedule is a minute; here a lost ring is made good sooner. */
const SWEEP_MS = 2_000;
const MAINTAIN_MS = 60_000;
/** As long as Lambda's front keeps idle connections, and longer than the links do. */
const KEEP_ALIVE_MS = 900_000;

installAwslambdaShim();
const [search, write, replicate, answer] = await Promise.all([
  import("../../lambdas/search/handler.ts"),
  import("../../lambdas/write/handler.ts"),
  import("../../lambdas/replicate/handler.ts"),
  import("../../lambdas/answer/handler.ts"),
]);

const log = (name: string, error: unknown) =>
  process.stderr.write(
    `${JSON.stringify({ event: "invocation-failed", function: name, error: error instanceof Error ? error.stack : String(error) })}\n`,
  );

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
  log,
});

/** Invokes by schedule; an invocation that is still under way lets the next ones pass. */
function schedule(op: "sweep" | "maintain" | "reshard", everyMs: number): NodeJS.Timeout {
  let underWay = false;
  return setInterval(() => {
    if (underWay) return;
    underWay = true;
    replicate
      .handler({ op })
      .catch((error: unknown) => log("nearfield-replicate", error))
      .finally(() => {
        underWay = false;
      });
  }, everyMs);
}

const timers = [
  schedule("sweep", SWEEP_MS),
  schedule("reshard", SWEEP_MS),
  schedule("maintain", MAINTAIN_MS),
];

endWithParent(() => timers.forEach((timer) => clearInterval(timer)));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(requiredEnv("PORT")), "127.0.0.1", () => announceReady({}));

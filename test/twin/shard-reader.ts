/** One copy of a region's shards: its `shard` function behind the Lambda Invoke API, in a process of its own. */
import { announceReady, endWithParent, requiredEnv } from "./child.ts";
import { createInvokeServer, INVOKE_LIMITS } from "./invoke/invoke-server.ts";

const KEEP_ALIVE_MS = 900_000;

const { handler } = await import("../../lambdas/shard/handler.ts");

const server = createInvokeServer({
  functions: { "nearfield-shard": handler },
  credentials: {
    accessKeyId: requiredEnv("AWS_ACCESS_KEY_ID"),
    secretAccessKey: requiredEnv("AWS_SECRET_ACCESS_KEY"),
  },
  region: requiredEnv("NEARFIELD_REGION"),
  limits: INVOKE_LIMITS,
  nowMs: Date.now,
  log: (name, error) =>
    process.stderr.write(
      `${JSON.stringify({ event: "invocation-failed", function: name, error: String(error) })}\n`,
    ),
});

endWithParent(() => undefined);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(requiredEnv("PORT")), "127.0.0.1", () => announceReady({}));

import { createServer } from "node:http";
import { composeEmbedder, integer, readOptions } from "./compose.ts";
import { nodeListener } from "./http/node-listener.ts";
import type { Log } from "./ports/log.ts";

/** Time for the answers under way when the service is told to end. */
const DRAIN_MS_MAX = 1_500;
/** For a request to arrive whole: 64 MiB at 20 Mbit/s, roughly. */
const RECEIVE_MS_MAX = 30_000;

const log: Log = (event, details) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...details })}\n`);
};

await start().catch((error: unknown) => {
  log("start-failed", { message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});

async function start(): Promise<void> {
  endWithParent();
  const port = integer(process.env, "PORT", { or: 0, min: 0, max: 65_535 });
  const host = process.env["HOST"] ?? "127.0.0.1";
  const embedder = await composeEmbedder(readOptions(process.env), log);
  const server = createServer(
    { requestTimeout: RECEIVE_MS_MAX, headersTimeout: RECEIVE_MS_MAX },
    nodeListener(embedder.fetch, (error) => log("answer-failed", { message: String(error) })),
  );
  const end = () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), DRAIN_MS_MAX);
  };
  process.once("SIGTERM", end).once("SIGINT", end);
  server.once("error", (error) => {
    log("start-failed", { message: error.message });
    process.exit(1);
  });
  server.listen(port, host, () => {
    const address = server.address();
    const bound = typeof address === "object" && address !== null ? address.port : port;
    process.stdout.write(`${JSON.stringify({ ready: true, port: bound })}\n`);
  });
}

/** A service that the twin started must not outlive it, however the twin ended. */
function endWithParent(): void {
  if (process.env["NEARFIELD_PARENT"] === "ipc" && process.send !== undefined)
    process.on("disconnect", () => process.exit(0));
}

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assert } from "../../shared/std/assert.ts";

/** pymilvus is needed by the server, and not pulled in by it. */
const PACKAGES = ["milvus-lite==3.2.2", "pymilvus"];
const TOOLS = fileURLToPath(new URL("../../.nearfield/tools/", import.meta.url));
const INSTALL_MS_MAX = 240_000;
const START_MS_MAX = 60_000;

export interface MilvusServer {
  /** `host:port`. */
  readonly address: string;
  /** Kills the server at once and starts it again on the same data; null for one that is not ours. */
  readonly killAndRestart: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

/** The Milvus that NEARFIELD_MILVUS names, else a milvus-lite of our own on a free port, with fresh data. */
export async function startMilvus(given: string | undefined): Promise<MilvusServer> {
  if (given !== undefined)
    return { address: given, killAndRestart: null, stop: async () => undefined };
  const command = await installed();
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-milvus-"));
  const port = await freePort();
  let server = await serve(command, folder, port);
  return {
    address: `127.0.0.1:${port}`,
    killAndRestart: async () => {
      await ended(server, "SIGKILL");
      server = await serve(command, folder, port);
    },
    stop: async () => {
      await ended(server, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Path of the server's command, installed into a virtual environment of the checkout if it is not there yet. */
async function installed(): Promise<string> {
  const environment = path.join(TOOLS, "milvus");
  const command = path.join(environment, "bin", "milvus-lite");
  if (await exists(command)) return command;
  await mkdir(TOOLS, { recursive: true });
  // Paths inside an environment are absolute, so it can't be made elsewhere and moved; a half-made one has no command.
  await run("python3", ["-m", "venv", "--clear", environment]);
  await run(path.join(environment, "bin", "python"), ["-m", "pip", "install", "-q", ...PACKAGES]);
  return command;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { timeout: INSTALL_MS_MAX });
  } catch (error) {
    const why =
      error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : String(error);
    throw new Error(
      `milvus-lite needs python3 with venv and pip (or set NEARFIELD_MILVUS=host:port): ${command} ${args.slice(0, 3).join(" ")}: ${why}`,
      { cause: error },
    );
  }
}

async function serve(command: string, folder: string, port: number): Promise<ChildProcess> {
  const args = ["server", "--data-dir", folder, "--host", "127.0.0.1", "--port", String(port)];
  const server = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  // A run that ends without its last hook leaves no server behind, unless it is killed itself.
  process.once("exit", () => server.kill("SIGKILL"));
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  const deadline = AbortSignal.timeout(START_MS_MAX);
  while (!(await listening(port))) {
    if (server.exitCode !== null || deadline.aborted) {
      server.kill("SIGKILL");
      throw new Error(`milvus-lite did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return server;
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  await exited;
}

async function listening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // Not yet: the caller asks again until its deadline.
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object", "a listening server has a port");
  server.close();
  await once(server, "close");
  return address.port;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

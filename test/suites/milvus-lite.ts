import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../twin/free-ports.ts";
import { installPythonTool } from "./python-tool.ts";
import { killServer, listening, startServer } from "./server-process.ts";

/** pymilvus is needed by the server, and not pulled in by it. */
const TOOL = {
  name: "milvus",
  packages: ["milvus-lite==3.2.2", "pymilvus"],
  command: "milvus-lite",
};
const HOST = "127.0.0.1";
const START_MS_MAX = 60_000;

export interface MilvusServer {
  /** `host:port`. */
  readonly address: string;
  /** Kills the server at once and starts it again on the same data; null where that can't be done. */
  readonly killAndRestart: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

/** A server that runs already, and is not ours to stop. */
export function milvusAt(address: string): MilvusServer {
  return { address, killAndRestart: null, stop: async () => undefined };
}

/** A milvus-lite of our own on a free port, with fresh data. */
export async function startMilvusLite(): Promise<MilvusServer> {
  const command = await installPythonTool(TOOL);
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-milvus-"));
  const [port = 0] = await freePorts(1);
  const args = ["server", "--data-dir", folder, "--host", HOST, "--port", String(port)];
  const start = () =>
    startServer({
      name: TOOL.command,
      command,
      args,
      startMsMax: START_MS_MAX,
      ready: () => listening(HOST, port),
    });
  let server = await start();
  return {
    address: `${HOST}:${port}`,
    killAndRestart: async () => {
      await killServer(server);
      server = await start();
    },
    stop: async () => {
      await killServer(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

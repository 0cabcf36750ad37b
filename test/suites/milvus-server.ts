import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../twin/free-ports.ts";
import type { MilvusServer } from "./milvus-lite.ts";
import { makeNetworkNamespace } from "./network-namespace.ts";
import { installPythonTool } from "./python-tool.ts";
import { killServer, listening, startServer } from "./server-process.ts";

/** The whole of Milvus 2.3.5 with its etcd and queue inside one process. Newer setuptools lack what its installer needs. */
const TOOL = {
  name: "milvus-server",
  packages: ["milvus==2.3.5", "setuptools<80"],
  command: "milvus-server",
};
/** It unpacks 246 MB first. */
const START_MS_MAX = 120_000;
/** No option moves it. */
const HEALTH_PORT = 9_091;
/**
 * Acknowledged writes are read once the next tick of its clock is through, each 200 ms in production, and collections are
 * loaded when it next looks for some, each second. A tenth of these makes the suite fast, and leaves reads on weak levels
 * as stale as they are. It takes each of its settings from a variable of this form.
 */
const SETTINGS = {
  PROXY_TIMETICKINTERVAL: "20",
  QUERYCOORD_CHECKCHANNELINTERVAL: "100",
  QUERYCOORD_CHECKSEGMENTINTERVAL: "100",
  QUERYCOORD_DISTPULLINTERVAL: "100",
};

export interface MilvusServerOptions {
  /** Files of PEM: the server then speaks TLS only. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The server then knows one user, root, with the password Milvus. */
  readonly authorization?: boolean;
}

/**
 * A full Milvus of our own with fresh data. It listens on ten ports of all interfaces: in a network namespace of its own
 * where that can be had, else a note says so.
 *
 * @param optionsFor told the address that clients will use, e.g. for a certificate
 */
export async function startMilvusServer(
  optionsFor: (host: string) => Promise<MilvusServerOptions> = async () => ({}),
): Promise<MilvusServer> {
  const command = await installPythonTool(TOOL);
  const namespace = await makeNetworkNamespace();
  const host = namespace?.address ?? "127.0.0.1";
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-milvus-server-"));
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    await namespace?.remove();
  };
  if (namespace === null)
    process.stderr.write(
      "milvus-server: no network namespace can be had here, so until the end of this run it listens on all interfaces.\n",
    );
  try {
    // Where a port is taken it silently takes the next one: inside a namespace all are free.
    const [port = 0] = namespace === null ? await freePorts(1) : [19_530];
    const args = serverArgs(folder, port, await optionsFor(host));
    const [run, runArgs] = namespace?.inside(command, args) ?? [command, args];
    const server = await startServer({
      name: TOOL.command,
      command: run,
      args: runArgs,
      env: SETTINGS,
      startMsMax: START_MS_MAX,
      ready: async () => (await healthy(host)) && listening(host, port),
    });
    return {
      address: `${host}:${port}`,
      killAndRestart: null, // A restart waits for the dead one's lease, 30 to 53 s.
      stop: async () => {
        await killServer(server);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function serverArgs(folder: string, port: number, options: MilvusServerOptions): string[] {
  const { tls, authorization } = options;
  const args = ["--data", folder, "--proxy-port", String(port)];
  if (authorization === true) args.push("--authorization-enabled", "true");
  if (tls !== undefined) args.push("--tls-mode", "1", "--server-pem-path", tls.certificate);
  if (tls !== undefined) args.push("--server-key-path", tls.key);
  return args;
}

async function healthy(host: string): Promise<boolean> {
  return fetch(`http://${host}:${HEALTH_PORT}/healthz`).then(
    ({ status }) => status === 200,
    () => false, // Not yet: the caller asks again until its deadline.
  );
}

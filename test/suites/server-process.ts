import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

const POLL_MS = 100;
const SAID_CHARS_MAX = 2_000;

export interface ServerProcess {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly startMsMax: number;
  readonly ready: () => Promise<boolean>;
}

/**
 * Starts a server in a process group of its own, and waits until it is ready.
 *
 * @throws with the end of what it wrote to its standard error, where it ended before, or took too long
 */
export async function startServer(server: ServerProcess): Promise<ChildProcess> {
  const { name, command, args, startMsMax, ready } = server;
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    env: { ...process.env, ...server.env },
  });
  // A run that ends without its last hook leaves no server behind, unless it is killed itself.
  process.once("exit", () => killGroup(child));
  let said = "";
  child.on("error", (error) => (said += error.message));
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_CHARS_MAX);
  });
  const deadline = AbortSignal.timeout(startMsMax);
  while (!(await ready())) {
    if (child.pid === undefined || child.exitCode !== null || deadline.aborted) {
      killGroup(child);
      throw new Error(`${name} did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return child;
}

/** Kills a server and all that it started, as hard as can be. */
export async function killServer(child: ChildProcess): Promise<void> {
  const running = child.exitCode === null && child.signalCode === null;
  const exited = running ? once(child, "exit") : null;
  killGroup(child);
  await exited;
}

export async function listening(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // Not yet: the caller asks again until its deadline.
  } finally {
    socket.destroy();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody of the group is left.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that the kernel gives to outgoing connections: there a port that is free now may be taken a moment later. */
const PORT_MIN = 20_000;
const PORT_END = 32_000;
const TRIES_MAX = 1_000;

/** Of this process: what was given out and is not listened on yet still looks free. */
const given = new Set<number>();

/** `count` free ports of loopback. A child keeps its port over restarts, so others need not be told. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === TRIES_MAX) throw new Error("This machine has no free ports.");
    const port = randomInt(PORT_MIN, PORT_END);
    if (given.has(port)) continue;
    given.add(port); // Before it is tried: another caller may be choosing at the same time.
    const free = await requireFree(port).then(
      () => true,
      () => false,
    );
    if (free) ports.add(port);
  }
  return [...ports];
}

/** @throws if the port is taken */
export async function requireFree(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

import { createServer } from "node:net";

/** `count` ports of loopback that were free a moment ago. A child keeps its port over restarts, so others need not be told. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0)));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @throws if the port is taken */
export async function requireFree(port: number): Promise<void> {
  const server = await listening(port);
  await new Promise((resolve) => server.close(resolve));
}

function listening(port: number) {
  const server = createServer();
  return new Promise<typeof server>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

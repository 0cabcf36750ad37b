import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { until } from "../flows/start-twin.ts";
import { freePorts } from "../twin/free-ports.ts";

const CALL_MS_MAX = 10_000;

/** A redis-server with replicas behind delays: what replication costs where nothing is indexed. */
export interface DelayedRedis {
  /** Writes once. @returns how long it took until each replica had it, ms, in their order */
  write(value: string): Promise<number[]>;
  end(): Promise<void>;
}

/** @param oneWayMs delay to each replica */
export async function startDelayedRedis(
  binary: string,
  oneWayMs: readonly number[],
): Promise<DelayedRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-replicas-"));
  const [masterPort = 0, ...ports] = await freePorts(1 + oneWayMs.length);
  const servers: ChildProcess[] = [];
  const proxies: Server[] = [];
  const clients: Redis[] = [];
  const start = async (port: number, more: readonly string[]) => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    // As the log's Redis, which acknowledges nothing before it is on disk.
    args.push("--appendonly", "yes", "--appendfsync", "always", "--appenddirname", `aof-${port}`);
    servers.push(spawn(binary, [...args, ...more], { stdio: "ignore" }));
    const client = new Redis(port, "127.0.0.1", { commandTimeout: CALL_MS_MAX });
    clients.push(client);
    client.on("error", () => undefined); // It tries again until the server listens.
    await until(
      () => client.status === "ready",
      CALL_MS_MAX,
      () => `redis-server does not start at ${port}`,
    );
    return client;
  };
  const master = await start(masterPort, []);
  const seen: ((value: string) => void)[] = [];
  for (const [i, delayMs] of oneWayMs.entries()) {
    const proxy = await openDelay(masterPort, delayMs);
    proxies.push(proxy);
    const address = proxy.address();
    if (address === null || typeof address === "string") throw new Error("a port was expected");
    const replica = await start(ports[i] ?? 0, ["--replicaof", `127.0.0.1 ${address.port}`]);
    await until(
      async () => (await replica.info("replication")).includes("master_link_status:up"),
      30_000,
      () => `replica ${i} does not follow`,
    );
    await replica.config("SET", "notify-keyspace-events", "K$");
    const listener = replica.duplicate();
    clients.push(listener);
    await listener.subscribe("__keyspace@0__:written");
    listener.on("message", () => seen[i]?.(""));
  }
  return {
    async write(value) {
      const startMs = performance.now();
      const arrived = oneWayMs.map(
        (_, i) =>
          new Promise<number>((resolve) => {
            seen[i] = () => resolve(performance.now() - startMs);
          }),
      );
      await master.set("written", value);
      return Promise.all(arrived);
    },
    async end() {
      for (const client of clients) client.disconnect();
      for (const proxy of proxies) proxy.close();
      await Promise.all(
        servers.map(async (server) => {
          const gone = once(server, "exit");
          server.kill("SIGKILL");
          await gone;
        }),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Relays what comes in to a port, each piece later by the delay, both ways. */
async function openDelay(port: number, delayMs: number): Promise<Server> {
  const relay = (from: Socket, to: Socket) => {
    from.on("data", (bytes: Buffer) => setTimeout(() => to.write(bytes), delayMs));
    from.once("close", () => to.destroy());
    from.on("error", () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    relay(near, far);
    relay(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

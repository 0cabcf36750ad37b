import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../twin/free-ports.ts";
import { SupervisedChild } from "../twin/supervise.ts";

const ENTRY = fileURLToPath(new URL("../twin/redis/main.ts", import.meta.url));

export interface RunningRedis {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

/** One Redis of the twin, alone. @param engine `js`, or the path of a redis-server */
export async function startRedis(engine: string): Promise<RunningRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-redis-"));
  const [port = 0] = await freePorts(1);
  const token = "test-token";
  const url = `http://127.0.0.1:${port}`;
  const child = new SupervisedChild(
    {
      name: "redis",
      kind: "redis",
      url,
      entry: ENTRY,
      args: ["--dir", folder, "--port", String(port), "--role", "log"],
      env: { NEARFIELD_REDIS_TOKEN: token, NEARFIELD_REDIS: engine },
      readyMsMax: 30_000,
    },
    folder,
    () => undefined,
  );
  await child.start();
  return {
    url,
    token,
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts } from "../twin/free-ports.ts";
import { SupervisedChild } from "../twin/supervise.ts";

const ENTRY = fileURLToPath(new URL("../twin/redis/main.ts", import.meta.url));

export interface RunningRedis {
  readonly url: string;
  readonly token: string;
  /** Length of the file from which it starts again. */
  fileBytes(): Promise<number>;
  /** SIGKILL, and a start; of its file only the first bytes are left, where that is said. */
  restart(keptBytes?: number): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis' last file of commands, or the JS engine's journal. */
export async function fileOf(folder: string, engine: string): Promise<string> {
  if (engine === "js") return path.join(folder, "journal.aof");
  const files = path.join(folder, "appendonlydir");
  const last = (await readdir(files))
    .filter((name) => name.endsWith(".incr.aof"))
    .sort()
    .at(-1);
  return path.join(files, last ?? "");
}

/** An engine whose front was killed runs on. */
async function endEngine(pid: number): Promise<void> {
  const alive = () => existsSync(`/proc/${pid}`);
  if (alive()) process.kill(pid, "SIGKILL");
  while (alive()) await delay(20);
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
  const file = () => fileOf(folder, engine);
  return {
    url,
    token,
    fileBytes: async () => (await stat(await file())).size,
    async restart(keptBytes) {
      const engine = Number(child.words["enginePid"]);
      await child.hold();
      if (engine !== child.pid) await endEngine(engine);
      if (keptBytes !== undefined) await truncate(await file(), keptBytes);
      await child.release();
    },
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";

const MAIN = fileURLToPath(new URL("../twin/main.ts", import.meta.url));
/** The demo is embedded on this machine, which takes as long as it takes. */
const READY_MS_MAX = 600_000;

interface Place {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

/** DIR/twin.json, as a test reads it. */
export interface TwinReport {
  readonly ready: true;
  readonly key: string;
  readonly readKey: string;
  readonly pid: number;
  readonly control: string;
  readonly edge: { readonly pid: number };
  readonly locations: readonly (Place & { readonly nearest: string })[];
  readonly regions: readonly Place[];
  readonly embedders: readonly {
    readonly region: string;
    readonly url: string;
    readonly pid: number;
  }[];
  /** Copies of the regions' shards, where there is more than one. */
  readonly readers: readonly {
    readonly region: string;
    readonly replica: number;
    readonly url: string;
    readonly pid: number;
  }[];
  readonly redis: readonly {
    readonly role: "log" | "region";
    readonly region: string;
    readonly url: string;
    readonly pid: number;
    readonly enginePid: number | null;
    readonly engine: string;
  }[];
}

export interface StartTwinOptions {
  /** State of an earlier twin, to go on from. */
  readonly state?: string;
  readonly demo?: boolean;
  readonly args?: readonly string[];
  /** `js`, or the path of a redis-server. */
  readonly redis?: string;
  /** Of the twin and all its processes, beside this one's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A twin started as a user would, in a process of its own. */
export interface RunningTwin {
  readonly state: string;
  report(): Promise<TwinReport>;
  client(
    location: string,
    options?: { readonly session?: boolean; readonly retriesMax?: number },
  ): Promise<NearfieldOperator>;
  control(method: string, path: string, body?: unknown): Promise<void>;
  output(): string;
  /** Ctrl-C; resolves when every process is gone. */
  stop(): Promise<void>;
  /** SIGKILL to every process at once. */
  killAll(): Promise<void>;
  /** Removes the state. */
  remove(): Promise<void>;
}

export async function startTwin(options: StartTwinOptions = {}): Promise<RunningTwin> {
  const state = options.state ?? (await mkdtemp(path.join(tmpdir(), "nearfield-twin-")));
  await rm(path.join(state, "twin.json"), { force: true });
  const args = [
    MAIN,
    "--port",
    "0",
    "--state",
    state,
    ...(options.demo === true ? [] : ["--no-demo"]),
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env, NEARFIELD_REDIS: options.redis ?? "js" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => (output = (output + bytes.toString()).slice(-20_000)));
  const report = async () =>
    JSON.parse(await readFile(path.join(state, "twin.json"), "utf8")) as TwinReport;
  const complete = options.demo === true ? "the demo is complete" : "nearfield is up";
  await until(
    () => child.exitCode !== null || output.includes(complete),
    READY_MS_MAX,
    () => `the twin did not start:\n${output}`,
  );
  if (child.exitCode !== null) throw new Error(`the twin ended with ${child.exitCode}:\n${output}`);
  return {
    state,
    report,
    async client(location, { session = false, retriesMax = 0 } = {}) {
      const { locations, key } = await report();
      const found = locations.find(({ name }) => name === location);
      if (found === undefined) throw new Error(`there is no location ${location}`);
      return new NearfieldOperator({ url: found.url, key, session, retriesMax });
    },
    async control(method, at, body) {
      const { control } = await report();
      const response = await fetch(`${control}${at}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok)
        throw new Error(`control answered ${response.status}: ${await response.text()}`);
    },
    output: () => output,
    stop: () => end(child, () => child.kill("SIGINT")),
    async killAll() {
      const all = pidsOf(await report());
      await end(child, () => {
        for (const pid of all) killHard(pid);
      });
      await until(
        () => all.every((pid) => !alive(pid)),
        10_000,
        () => "a killed process is still there",
      );
    },
    remove: () => rm(state, { recursive: true, force: true }),
  };
}

/** Every process that twin.json names. */
export function pidsOf(report: TwinReport): number[] {
  const { pid, edge, locations, regions, embedders, readers, redis } = report;
  const engines = redis.flatMap(({ enginePid }) => (enginePid === null ? [] : [enginePid]));
  return [
    ...new Set([
      pid,
      edge.pid,
      ...[...locations, ...regions, ...embedders, ...readers, ...redis].map((one) => one.pid),
      ...engines,
    ]),
  ];
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until something is true. @throws what `complaint` says when it takes too long */
export async function until(
  condition: () => boolean | Promise<boolean>,
  waitMsMax: number,
  complaint: () => string,
): Promise<void> {
  const endMs = performance.now() + waitMsMax;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(complaint());
    await delay(50);
  }
}

async function end(child: ChildProcess, how: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  how();
  await gone;
}

function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

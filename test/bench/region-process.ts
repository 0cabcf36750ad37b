import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { required } from "../../shared/std/assert.ts";
import { regionSpec } from "../twin/child-specs.ts";
import { openSecrets } from "../twin/keys.ts";
import { REGION, type BenchTwin } from "./bench-twin.ts";

const CALLER = fileURLToPath(new URL("./region-caller.ts", import.meta.url));
const CALLS_MS_MAX = 120_000;

export interface RegionCalls {
  readonly latencies: readonly number[];
  /** The last event and its result, for their sizes. */
  readonly event: object;
  readonly result: object;
}

/** A region's search handler in a process of its own, beside the twin's region, over the same Redis, log and store. */
export interface RegionProcess {
  call(calls: number): Promise<RegionCalls>;
  end(): void;
}

export async function startRegionProcess(
  { twin, report }: BenchTwin,
  sizes: { readonly dimension: number; readonly k: number },
): Promise<RegionProcess> {
  const redis = (role: "log" | "region") =>
    required(
      report.redis.find((one) => one.role === role && (role === "log" || one.region === REGION)),
      `the twin has a Redis for the ${role}`,
    ).url;
  const embedder = required(
    report.embedders.find(({ region }) => region === REGION),
    "the region has an embedder",
  );
  const joints = {
    logUrl: redis("log"),
    redisUrl: redis("region"),
    embedderUrl: embedder.url,
    others: [],
    readers: [],
  };
  const options = {
    port: 0,
    state: twin.state,
    reset: false,
    demo: false,
    wan: "off",
    store: "lancedb",
    shardReplicas: 1,
  } as const;
  const { env } = regionSpec(REGION, 0, joints, options, await openSecrets(twin.state));
  const child = spawn(process.execPath, [CALLER], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      ...env,
      BENCH_DIMENSION: String(sizes.dimension),
      BENCH_K: String(sizes.k),
    },
  });
  return { call: (calls) => call(child, calls), end: () => void child.kill() };
}

async function call(child: ChildProcess, calls: number): Promise<RegionCalls> {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(CALLS_MS_MAX)]);
  const onExit = () => gone.abort(new Error("the region's process ended"));
  child.once("exit", onExit);
  try {
    child.send({ calls });
    const [said] = (await once(child, "message", { signal })) as [RegionCalls];
    return said;
  } finally {
    child.off("exit", onExit);
  }
}

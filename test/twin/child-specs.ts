import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Secrets } from "./keys.ts";
import type { TwinOptions } from "./options.ts";
import type { ChildSpec } from "./supervise.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const EMBEDDER_ENTRY = fileURLToPath(new URL("../../gpu-embedder/main.ts", import.meta.url));
const READY_MS_MAX = 60_000;
/** Nobody is called at night for the twin. */
const AUTO_PROMOTE_AFTER_MS = 3_000;

export function redisSpec(
  role: "log" | "region",
  region: string,
  port: number,
  options: TwinOptions,
  secrets: Secrets,
): ChildSpec {
  const name = role === "log" ? "redis-log" : `redis-${region}`;
  return {
    name,
    kind: "redis",
    url: url(port),
    entry: path.join(HERE, "redis/main.ts"),
    args: ["--dir", path.join(options.state, name), "--port", String(port), "--role", role],
    env: { NEARFIELD_REDIS_TOKEN: secrets.redisToken },
    readyMsMax: READY_MS_MAX,
  };
}

export function embedderSpec(region: string, port: number): ChildSpec {
  return {
    name: `embedder-${region}`,
    kind: "embedder",
    url: url(port),
    entry: EMBEDDER_ENTRY,
    env: {
      PORT: String(port),
      HOST: "127.0.0.1",
      NEARFIELD_PARENT: "ipc",
      // Three embedders share this machine: glibc gives freed memory back, a quarter less at rest.
      MALLOC_TRIM_THRESHOLD_: "65536",
      MALLOC_MMAP_THRESHOLD_: "65536",
    },
    readyMsMax: READY_MS_MAX,
  };
}

/** What a region's functions lean on, as they reach it. */
export interface RegionJoints {
  readonly logUrl: string;
  readonly redisUrl: string;
  readonly embedderUrl: string;
  readonly others: readonly { readonly name: string; readonly invokeUrl: string }[];
  /** Addresses of its shard readers. */
  readonly readers: readonly string[];
}

/** One copy of a region's shards, in a process of its own. */
export function shardReaderSpec(
  region: string,
  replica: number,
  port: number,
  options: TwinOptions,
  secrets: Secrets,
): ChildSpec {
  return {
    name: `shards-${region}-${replica}`,
    kind: "shards",
    url: url(port),
    entry: path.join(HERE, "shard-reader.ts"),
    env: {
      PORT: String(port),
      ...regionEnv(region, options, secrets),
      // A reader leans on the store alone; the rest has to be said, and is not used.
      NEARFIELD_LOG_URL: "http://127.0.0.1:9",
      NEARFIELD_REDIS_URL: "http://127.0.0.1:9",
      NEARFIELD_EMBEDDER_URL: "http://127.0.0.1:9",
      NEARFIELD_OTHER_REGIONS: "[]",
    },
    readyMsMax: READY_MS_MAX,
  };
}

/** What a region's processes have in common. */
function regionEnv(region: string, options: TwinOptions, secrets: Secrets): Record<string, string> {
  return {
    NEARFIELD_REGION: region,
    NEARFIELD_LOG_TOKEN: secrets.redisToken,
    NEARFIELD_REDIS_TOKEN: secrets.redisToken,
    ...storeOf(region, options),
    NEARFIELD_BLOBS: path.join(options.state, "blobs"),
    NEARFIELD_CALLER_SECRET: secrets.callerSecret,
    ...(options.store === "lancedb"
      ? {}
      : { NEARFIELD_SHARD_REPLICAS: String(options.shardReplicas) }),
    AWS_ACCESS_KEY_ID: secrets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
  };
}

export function regionSpec(
  region: string,
  port: number,
  joints: RegionJoints,
  options: TwinOptions,
  secrets: Secrets,
): ChildSpec {
  return {
    name: `region-${region}`,
    kind: "region",
    url: url(port),
    entry: path.join(HERE, "region.ts"),
    env: {
      PORT: String(port),
      ...regionEnv(region, options, secrets),
      NEARFIELD_LOG_URL: joints.logUrl,
      NEARFIELD_REDIS_URL: joints.redisUrl,
      NEARFIELD_EMBEDDER_URL: joints.embedderUrl,
      NEARFIELD_OTHER_REGIONS: JSON.stringify(joints.others),
      NEARFIELD_SHARD_READERS: JSON.stringify(joints.readers.map((invokeUrl) => ({ invokeUrl }))),
      NEARFIELD_AUTO_PROMOTE_AFTER_MS: String(AUTO_PROMOTE_AFTER_MS),
    },
    readyMsMax: READY_MS_MAX,
  };
}

export function edgeSpec(address: string, config: object): ChildSpec {
  return {
    name: "edge",
    kind: "edge",
    url: address,
    entry: path.join(HERE, "edge.ts"),
    env: { NEARFIELD_EDGE_CONFIG: JSON.stringify(config) },
    readyMsMax: READY_MS_MAX,
  };
}

export function url(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** A folder a region, or one Milvus for all, whose collections are told apart by a prefix. */
function storeOf(region: string, { store, state }: TwinOptions): Record<string, string> {
  if (store === "lancedb")
    return { NEARFIELD_STORE: `lancedb:${path.join(state, "stores", region)}` };
  return {
    NEARFIELD_STORE: `milvus:${store.slice("milvus=".length)}`,
    NEARFIELD_MILVUS_PREFIX: `${region.replaceAll("-", "_")}_`,
  };
}

import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
/** Packages whose version may move a figure. */
const PACKAGES = [
  "miniflare",
  "workerd",
  "hono",
  "@lancedb/lancedb",
  "@aws-sdk/client-lambda",
  "@upstash/redis",
  "onnxruntime-node",
  "autocannon",
  "hashring",
];

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** One-minute load average when the benchmark began; above `cores` the figures are of a busy machine. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    loadBefore: load(),
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** One-minute load average. */
export function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

function versionOf(name: string): string {
  const file = fileURLToPath(new URL(`node_modules/${name}/package.json`, ROOT));
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}

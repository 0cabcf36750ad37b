import { readFile } from "node:fs/promises";
import path from "node:path";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import {
  REGIONS_BYTES_MAX,
  REGIONS_KEYS,
  type RegionsRecord,
} from "../../shared/contracts/regions-record.ts";
import type { RunningTwin } from "../flows/start-twin.ts";
import { REGIONS } from "../twin/topology.ts";

/** All regions of the twin, read but for those named. */
export function regionsRecord(version: number, off: readonly string[] = []): RegionsRecord {
  const regions = REGIONS.map(({ name }) => ({
    name,
    reads: off.includes(name) ? ("off" as const) : ("on" as const),
  }));
  return { version, regions };
}

export interface BadRecord {
  readonly text: string;
  readonly reason: string;
  /** That it says it has, where that can be read. */
  readonly version: number | null;
}

/** What no location may take that serves `version`, which is above 1. */
export function badRecords(version: number): BadRecord[] {
  const newer = regionsRecord(version + 1, ["us-east-1"]);
  const strange = { name: "eu-north-1", reads: "on" };
  return [
    { text: "", reason: "empty", version: null },
    { text: JSON.stringify({ ...newer, regions: [] }), reason: "invalid", version: version + 1 },
    {
      text: JSON.stringify(newer).padEnd(10 * REGIONS_BYTES_MAX),
      reason: "too-large",
      version: null,
    },
    { text: JSON.stringify({ ...newer, plan: {} }), reason: "invalid", version: version + 1 },
    {
      text: JSON.stringify({ ...newer, regions: [...newer.regions, strange] }),
      reason: "unknown-region",
      version: version + 1,
    },
    {
      text: JSON.stringify(regionsRecord(version - 1, ["us-east-1", "ap-southeast-1"])),
      reason: "older",
      version: version - 1,
    },
  ];
}

/** Writes a record straight into the Redis of every region, past everything that would check it. */
export async function pushRegions(twin: RunningTwin, text: string): Promise<void> {
  const { redis } = await twin.report();
  const secrets = JSON.parse(await readFile(path.join(twin.state, "secrets.json"), "utf8"));
  await Promise.all(
    redis
      .filter(({ role }) => role === "region")
      .map(({ url }) =>
        createUpstashClient(url, String(secrets.redisToken)).set(REGIONS_KEYS.published, text),
      ),
  );
}

import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Secrets } from "./keys.ts";
import type { Twin } from "./launch.ts";
import type { TwinOptions } from "./options.ts";
import { demoSize } from "./seed.ts";

/** Writes DIR/twin.json: where everything is. Whole or not at all, since others watch for it. */
export function writeReport(
  state: string,
  twin: Twin,
  key: string,
  readKey: string,
  control: string,
): void {
  const workerds = twin.edge.words["pids"] as Record<string, number> | undefined;
  const report = {
    ready: true,
    key,
    readKey,
    pid: process.pid,
    control,
    edge: { pid: twin.edge.pid },
    locations: twin.locations.map(({ name, city, url, nearest }) => ({
      name,
      city,
      url,
      pid: workerds?.[name] ?? null,
      nearest,
    })),
    regions: twin.regions.map(({ name, child }) => ({ name, url: child.spec.url, pid: child.pid })),
    embedders: twin.embedders.map(({ region, child }) => ({
      region,
      url: child.spec.url,
      pid: child.pid,
    })),
    readers: twin.readers.map(({ region, replica, child }) => ({
      region,
      replica,
      url: child.spec.url,
      pid: child.pid,
    })),
    redis: twin.redis.map(({ role, region, child }) => ({
      role,
      region,
      url: child.spec.url,
      pid: child.pid,
      engine: child.words["engine"],
      enginePid: child.words["enginePid"],
    })),
  };
  const file = path.join(state, "twin.json");
  writeFileSync(`${file}.new`, JSON.stringify(report, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What a person sees when the twin is ready. */
export async function welcome(options: TwinOptions, twin: Twin, secrets: Secrets): Promise<string> {
  const [first] = twin.locations;
  const engine = String(twin.redis[0]?.child.words["engine"] ?? "unknown");
  const page = `${first?.url ?? ""}/#key=${secrets.readKey}${options.demo ? `&demo=${await demoSize()}` : ""}`;
  const rows = twin.locations.map(
    ({ city, url, nearest }) => `    ${city.padEnd(11)} ${url}   nearest region ${nearest}`,
  );
  return `
  nearfield is up.

  Open  ${page}

  Locations
${rows.join("\n")}

${options.demo ? askDemo(first?.url ?? "", secrets.readKey) : createFirst(first?.url ?? "", secrets.adminKey)}

  API   ${first?.url ?? ""}/docs    state ${options.state}    Redis ${engine}    store ${options.store}
  ${options.wan === "on" ? "The distance between places is simulated; everything else is real." : "Distance is off."}  Ctrl-C ends everything.
`;
}

function askDemo(url: string, key: string): string {
  return `  Ask   curl -s ${url}/v1/retrieve -H 'authorization: Bearer ${key}' \\
          -H 'content-type: application/json' -d '{"collection":"demo","query":{"text":"a big cat"},"k":3}'`;
}

function createFirst(url: string, key: string): string {
  return `  Begin curl -s ${url}/v1/collections -H 'authorization: Bearer ${key}' \\
          -H 'content-type: application/json' -d '{"name":"things"}'`;
}

import { readFile } from "node:fs/promises";
import path from "node:path";
import { Option, type Command } from "commander";
import { z } from "zod";
import { UsageError } from "./usage-error.ts";

/** Where nearfield answers, and with which key. */
export interface Service {
  readonly url: string;
  readonly key: string;
}

/** What `serviceOptions` adds to a command's options. */
export interface ServiceOptions {
  readonly url?: string;
  readonly key?: string;
  /** The twin's state folder. */
  readonly state: string;
}

/** Adds the options that say who is asked. @param scope that the key needs */
export function serviceOptions(command: Command, scope: "read" | "write" | "admin"): Command {
  return command
    .option("--url <url>", "a location or the service (default: the twin's first location)")
    .addOption(new Option("--key <key>", `API key with scope ${scope}`).env("NEARFIELD_KEY"))
    .option("--state <dir>", "state folder of the twin that is asked", ".nearfield/twin");
}

const TwinReport = z.object({
  key: z.string(),
  locations: z.array(z.object({ url: z.string() })).min(1),
});

/**
 * What was named, else the twin's first location and its key.
 * @throws UsageError where neither is there
 */
export async function findService({ url, key, state }: ServiceOptions): Promise<Service> {
  if (url !== undefined && !URL.canParse(url)) throw new UsageError(`--url ${url} is not a URL.`);
  if (url !== undefined && key !== undefined) return { url, key };
  // Another service must not be shown the twin's key.
  if (url !== undefined) throw new UsageError("--url needs a --key, or NEARFIELD_KEY.");
  const file = path.resolve(state, "twin.json");
  const text = await readFile(file, "utf8").catch(() => {
    throw new UsageError(
      `No twin runs here (there is no ${file}): start one with npm start, name its --state, or give --url and --key.`,
    );
  });
  const twin = TwinReport.safeParse(parseJson(text));
  if (!twin.success) throw new UsageError(`${file} is not what a running twin writes.`);
  return { url: twin.data.locations[0]?.url ?? "", key: key ?? twin.data.key };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Refused by the schema, as anything else would be.
  }
}

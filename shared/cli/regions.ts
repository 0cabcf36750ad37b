import { Command } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import type { RegionsReply, RegionSwitch } from "../contracts/regions-record.ts";
import { complaintOf } from "./complaint.ts";
import { findService, serviceOptions, type Service, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface RegionsOptions extends ServiceOptions {
  readonly off: readonly string[];
  readonly on: readonly string[];
}

const EXAMPLES = `
A region whose reads are off is asked for none while another one is on; it goes on replicating, and accepts the writes of the
collections whose primary it is. The record is published to every region's Redis, and locations take it within seconds. Examples:
  regions                          what each location serves, and what lies in each region's Redis
  regions --off eu-central-1       before work on it
  regions --on eu-central-1`;

export function regionsCommand(): Command {
  return serviceOptions(new Command("regions"), "admin")
    .description("Shows which regions are read, and switches their reads off and on.")
    .option("--off <names...>", "regions that are not to be read", [])
    .option("--on <names...>", "regions that are to be read again", [])
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(regions);
}

async function regions(options: RegionsOptions): Promise<void> {
  const service = await findService(options);
  if (options.off.length + options.on.length === 0) await show(service);
  else await publish(new NearfieldOperator(service), options);
}

async function show(service: Service): Promise<void> {
  const { locations } = await new NearfieldOperator(service).status();
  const urls = locations.length === 0 ? [service.url] : locations.map(({ url }) => url);
  const lines = await Promise.all(
    urls.map(async (url) => {
      const asked = new NearfieldOperator({ ...service, url });
      return asked.regions().then(
        (reply) => ({ line: servedLine(reply), reply }),
        (error: unknown) => ({ line: `${url}: ${complaintOf(error)}`, reply: null }),
      );
    }),
  );
  const [reply] = lines.flatMap((one) => one.reply ?? []);
  const stores = reply === undefined ? [] : [storesLine(reply)];
  process.stdout.write(`${[...lines.map(({ line }) => line), ...stores].join("\n")}\n`);
}

function servedLine({ location, version, regions: switches, rejected }: RegionsReply): string {
  const off = switches.filter(({ reads }) => reads === "off").map(({ name }) => name);
  const said = version === 0 ? "as deployed" : `version ${version}`;
  const bad =
    rejected === null
      ? ""
      : `; rejected version ${rejected.version ?? "unknown"} (${rejected.reason}) in ${rejected.region}`;
  return `${location}: ${said}, reads ${off.length === 0 ? "on everywhere" : `off in ${off.join(", ")}`}${bad}`;
}

function storesLine({ stores }: RegionsReply): string {
  const held = stores.map(({ region, reachable, version }) => {
    const what = version === null ? "none" : `version ${version}`;
    return `${region} ${reachable ? what : "can't be reached"}`;
  });
  return `In Redis: ${held.join("; ")}`;
}

async function publish(client: NearfieldOperator, { off, on }: RegionsOptions): Promise<void> {
  const before = await client.regions();
  const wanted = switched(before.regions, off, on);
  const isThere = before.stores.every(
    ({ reachable, version }) => reachable && version === before.version,
  );
  if (isThere && JSON.stringify(wanted) === JSON.stringify(before.regions)) {
    process.stdout.write(`Nothing to do: version ${before.version} says so already.\n`);
    return;
  }
  const versions = before.stores.map(({ version }) => version ?? 0);
  const version = Math.max(before.version, ...versions) + 1;
  const { stores } = await client.publishRegions({ version, regions: wanted });
  const by = (outcome: string) =>
    stores.filter((one) => one.outcome === outcome).map(({ region }) => region);
  process.stdout.write(
    `Version ${version} is published in ${by("taken").join(", ")}; locations take it within seconds.\n`,
  );
  const missed = by("unreachable");
  if (missed.length > 0)
    throw new UsageError(
      `${missed.join(", ")} could not be reached: repeat the command when that is mended.`,
    );
}

/** @throws UsageError where a name is none, or is to be both */
export function switched(
  regions: readonly RegionSwitch[],
  off: readonly string[],
  on: readonly string[],
): RegionSwitch[] {
  const names = regions.map(({ name }) => name);
  const strange = [...off, ...on].filter((name) => !names.includes(name));
  if (strange.length > 0)
    throw new UsageError(`There is no region ${strange.join(", ")}: they are ${names.join(", ")}.`);
  const both = off.filter((name) => on.includes(name));
  if (both.length > 0) throw new UsageError(`${both.join(", ")} can't be both off and on.`);
  return regions.map(({ name, reads }) => {
    if (off.includes(name)) return { name, reads: "off" };
    return { name, reads: on.includes(name) ? "on" : reads };
  });
}

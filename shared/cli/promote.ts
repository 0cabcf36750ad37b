import { Command } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import { complaintOf } from "./complaint.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface PromoteOptions extends ServiceOptions {
  readonly all: boolean;
  readonly to?: string;
  readonly unplanned: boolean;
}

const EXAMPLES = `
A collection's writes are accepted by one region, in a term of its log. Promoting begins the next term: what the region before has
still in flight is refused and sent on, and nothing that was acknowledged is lost. Examples:
  promote demo --to eu-central-1     before us-east-1 is taken down
  promote --all                      after the log's Redis was restarted; the regions stay as they are
  promote demo --unplanned           go on without what the log has lost; the reply says how much that is`;

export function promoteCommand(): Command {
  return serviceOptions(new Command("promote"), "admin")
    .description("Lets a region accept a collection's writes, in a new term of its log.")
    .argument("[collection]", "that is promoted", readCollectionName)
    .option("--all", "every collection of the key's tenant", false)
    .option(
      "--to <region>",
      "that accepts the writes then (default: the one that does, or the nearest)",
    )
    .option(
      "--unplanned",
      "also where entries of the log are lost by it, or nobody can tell",
      false,
    )
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(promote);
}

async function promote(collection: string | undefined, options: PromoteOptions): Promise<void> {
  if ((collection === undefined) === !options.all)
    throw new UsageError("Name a collection, or say --all.");
  const client = new NearfieldOperator(await findService(options));
  const names =
    collection === undefined ? (await client.collections()).map(({ name }) => name) : [collection];
  let failed = 0;
  for (const name of names) {
    try {
      process.stdout.write(`${await promoteOne(client, name, options)}\n`);
    } catch (error) {
      if (!options.all) throw error;
      failed += 1; // The others need not wait for it.
      process.stderr.write(`${name}: ${complaintOf(error)}\n`);
    }
  }
  if (failed > 0) throw new UsageError(`${failed} of ${names.length} were not promoted.`);
}

async function promoteOne(
  client: NearfieldOperator,
  name: string,
  { to, unplanned }: PromoteOptions,
): Promise<string> {
  const { primary, from, term, lost } = await client.promote(name, {
    ...(to === undefined ? {} : { region: to }),
    planned: !unplanned,
  });
  const before = from === primary ? "" : `, before ${from}`;
  const without = lost === 0 ? "" : `; ${lost} entries of the log are lost`;
  return `${name}: ${primary} accepts the writes in term ${term}${before}${without}.`;
}

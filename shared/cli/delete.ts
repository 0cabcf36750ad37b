import { Command } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface DeleteOptions extends ServiceOptions {
  readonly yes: boolean;
}

const EXAMPLES = `
Its documents are gone in every region, and the name is free at once. Snapshots that somebody asked for stay. Example:
  delete demo --yes`;

export function deleteCommand(): Command {
  return serviceOptions(new Command("delete"), "admin")
    .description("Deletes a collection, in every region.")
    .argument("<collection>", "that is deleted", readCollectionName)
    .option("--yes", "it is meant", false)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(deleteOne);
}

async function deleteOne(collection: string, options: DeleteOptions): Promise<void> {
  if (!options.yes)
    throw new UsageError(`Nothing was deleted: say --yes if ${collection} is to be gone for good.`);
  const client = new NearfieldOperator(await findService(options));
  const { regions, snapshots } = await client.deleteCollection(collection);
  const kept = snapshots === 0 ? "no snapshot of it is kept" : `${snapshots} snapshots of it stay`;
  process.stdout.write(
    `${collection} is deleted; ${kept}. Shown no more: ${regions.join(", ")}.\n`,
  );
}

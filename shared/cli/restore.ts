import { Command, InvalidArgumentError } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import { seconds } from "./backup.ts";
import { followJob } from "./follow-job.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";

interface RestoreOptions extends ServiceOptions {
  readonly into: string;
  readonly at?: number;
}

const EXAMPLES = `
Nothing that is there is touched: the name must be free. Where the snapshot is damaged, its damaged part is named, and an older
one stands in as long as the log has the rest. Examples:
  restore 3f9k2l1m0p8q-000000005342-a1b2c3d4 --into demo-again
  restore 3f9k2l1m0p8q-000000005342-a1b2c3d4 --into demo-later --at 5400`;

export function restoreCommand(): Command {
  return serviceOptions(new Command("restore"), "admin")
    .description("Restores a snapshot into a new collection, and shows how far it is.")
    .argument("<snapshot>", "as `backup` and GET /v1/snapshots name it")
    .requiredOption("--into <name>", "the new collection", readCollectionName)
    .option("--at <position>", "a later position, as far as the log has it", readPosition)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(restore);
}

async function restore(snapshot: string, options: RestoreOptions): Promise<void> {
  const { into, at } = options;
  const client = new NearfieldOperator(await findService(options));
  const asked = await client.restore({ snapshot, into, ...(at === undefined ? {} : { at }) });
  const done = await followJob(client, asked);
  for (const { snapshot: of, part } of done.damaged)
    process.stdout.write(`${part} of ${of} is damaged: ${done.snapshot} stood in\n`);
  const { documents, position, digest, tookMs } = done;
  process.stdout.write(
    `${into}: ${documents} documents as of position ${position}, in ${seconds(tookMs)}; digest ${digest}\n`,
  );
}

function readPosition(text: string): number {
  const position = Number(text);
  if (!Number.isInteger(position) || position < 0)
    throw new InvalidArgumentError("It is a position: a whole number, 0 or above.");
  return position;
}

import { Command } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import { followJob } from "./follow-job.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";

interface BackupOptions extends ServiceOptions {
  readonly wait: boolean;
}

const EXAMPLES = `
A snapshot is in the blob store once this ends, and was read back. The collection goes on being read and written. Example:
  backup demo`;

export function backupCommand(): Command {
  return serviceOptions(new Command("backup"), "admin")
    .description("Makes a snapshot of a collection, with all that was acknowledged before.")
    .argument("<collection>", "what is backed up", readCollectionName)
    .option("--no-wait", "do not wait until it is made")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(backup);
}

async function backup(collection: string, options: BackupOptions): Promise<void> {
  const client = new NearfieldOperator(await findService(options));
  const asked = await client.backup(collection);
  if (!options.wait) {
    process.stdout.write(`${asked.id} is taken on; GET /v1/snapshots tells how far it is.\n`);
    return;
  }
  const { snapshot, documents, position, digest, tookMs } = await followJob(client, asked);
  process.stdout.write(
    `${snapshot}\n${documents} documents at position ${position}, read back, in ${seconds(tookMs)}; digest ${digest}\n`,
  );
}

export function seconds(ms: number | null): string {
  return `${((ms ?? 0) / 1_000).toFixed(1)} s`;
}

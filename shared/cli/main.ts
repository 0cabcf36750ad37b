/** `npm run nearfield -- COMMAND`: commands that speak to a running nearfield over HTTP, as every client does. */
import { Command } from "commander";
import { NearfieldError } from "../client/nearfield-error.ts";
import { evaluateCommand } from "./evaluate.ts";
import { ingestCommand } from "./ingest.ts";
import { reshardCommand } from "./reshard.ts";
import { spacesCommand } from "./spaces.ts";
import { UsageError } from "./usage-error.ts";

const program = new Command("npm run nearfield --")
  .description("Commands for a nearfield that runs already: the twin of this folder, or --url.")
  .addCommand(ingestCommand())
  .addCommand(evaluateCommand())
  .addCommand(reshardCommand())
  .addCommand(spacesCommand());

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`${said(error)}\n`);
  process.exitCode = 1;
}

function said(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof NearfieldError) return `${error.title}: ${error.hint}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

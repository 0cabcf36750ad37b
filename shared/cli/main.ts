/** `npm run nearfield -- COMMAND`: commands that speak to a running nearfield over HTTP, as every client does. */
import { Command } from "commander";
import { backupCommand } from "./backup.ts";
import { complaintOf } from "./complaint.ts";
import { evaluateCommand } from "./evaluate.ts";
import { ingestCommand } from "./ingest.ts";
import { promoteCommand } from "./promote.ts";
import { regionsCommand } from "./regions.ts";
import { reshardCommand } from "./reshard.ts";
import { restoreCommand } from "./restore.ts";
import { spacesCommand } from "./spaces.ts";

const program = new Command("npm run nearfield --")
  .description("Commands for a nearfield that runs already: the twin of this folder, or --url.")
  .addCommand(ingestCommand())
  .addCommand(evaluateCommand())
  .addCommand(promoteCommand())
  .addCommand(regionsCommand())
  .addCommand(reshardCommand())
  .addCommand(spacesCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand());

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`${complaintOf(error)}\n`);
  process.exitCode = 1;
}

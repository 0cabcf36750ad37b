import { Command, InvalidArgumentError } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import type { ChangeSpacesInput } from "../client/request-types.ts";
import { followRegions } from "./follow-regions.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

type Spaces = NonNullable<ChangeSpacesInput["spaces"]>;

interface SpacesOptions extends ServiceOptions {
  readonly set?: Spaces;
  readonly rebuild?: readonly string[];
  readonly wait: boolean;
}

const EXAMPLES = `
The collection goes on being read and written, and its other spaces stay as they are. Each region moves to shards that have the
space, then its vectors are made from the stored texts and pictures; until then queries leave it out. What is interrupted goes on
by itself. Examples:
  spaces demo --set '{"pixels":{"model":"image","modalities":["text","image"]}}'
  spaces demo --set '{"text":{"model":"text","index":"exact"}}'
  spaces demo --rebuild text`;

export function spacesCommand(): Command {
  return serviceOptions(new Command("spaces"), "admin")
    .description("Adds spaces to a collection while it serves, changes them, or builds them anew.")
    .argument("<collection>", "whose spaces are changed", readCollectionName)
    .option("--set <JSON>", "spaces by name, as at creation: new ones are added", readSpaces)
    .option("--rebuild <names...>", "spaces whose vectors are made anew, as the models are today")
    .option("--no-wait", "do not wait until the spaces are filled")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(changeSpaces);
}

async function changeSpaces(collection: string, options: SpacesOptions): Promise<void> {
  const { set = {}, rebuild = [], wait } = options;
  if (Object.keys(set).length + rebuild.length === 0)
    throw new UsageError("Give --set, --rebuild, or both.");
  const client = new NearfieldOperator(await findService(options));
  const asked = { spaces: set, rebuild: [...rebuild] };
  const { spaces, fills } = await client.changeSpaces(collection, asked);
  if (!wait) {
    const then = fills.length === 0 ? "" : `, then ${fills.join(", ")} is filled`;
    process.stdout.write(
      `Every region of ${collection} moves${then}; GET /v1/status tells how far.\n`,
    );
    return;
  }
  const wanted = JSON.stringify(spaces);
  await followRegions(
    client,
    collection,
    (view) => view.resharding === null && JSON.stringify(view.spaces) === wanted,
  );
  process.stdout.write(
    `${collection} has the spaces ${Object.keys(spaces).join(", ")} in every region.\n`,
  );
}

/** What they may be is the service's to say: it names each offence. */
function readSpaces(text: string): Spaces {
  try {
    const spaces: unknown = JSON.parse(text);
    if (typeof spaces === "object" && spaces !== null && !Array.isArray(spaces))
      return spaces as Spaces;
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError('It is JSON such as {"pixels":{"model":"image"}}.');
}

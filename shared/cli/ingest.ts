import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { NearfieldClient } from "../client/nearfield-client.ts";
import { batches } from "./ingest/batches.ts";
import { folderSource } from "./ingest/folder-source.ts";
import type { Found, Source } from "./ingest/found-document.ts";
import { Journal, type Kept } from "./ingest/journal.ts";
import { linesSource } from "./ingest/lines-source.ts";
import { sendBatch } from "./ingest/send-batch.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface IngestOptions extends ServiceOptions {
  readonly restart: boolean;
  readonly report?: string;
}

const JOURNALS = ".nearfield/ingest";
const SKIPPED_SHOWN_MAX = 10;

const EXAMPLES = `
A folder is read with those in it: texts (.txt, .md) and pictures (.jpg, .png, .webp, .gif, .avif), each a document whose id is
its path. A file has a document a line, as POST /v1/documents takes them; one without an id is named FILE:LINE. What can't be
written is skipped and told, and then the exit status is 1. Interrupted, the same command goes on where it was. Examples:
  ingest things ./holiday-pictures
  ingest things articles.ndjson --report skipped.json`;

export function ingestCommand(): Command {
  return serviceOptions(new Command("ingest"), "write")
    .description(
      "Writes your own texts and pictures, a folder or a file of JSON lines, to a collection.",
    )
    .argument("<collection>", "where they are written", readCollectionName)
    .argument("<source>", "a folder, or a file of JSON lines")
    .option("--restart", "from the beginning, also where an earlier run was interrupted", false)
    .option("--report <file>", "write what was skipped there, as JSON")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(async (collection: string, named: string, options: IngestOptions) => {
      if (!(await ingest(collection, named, options))) process.exitCode = 1;
    });
}

/** @returns whether all was written */
async function ingest(collection: string, named: string, options: IngestOptions): Promise<boolean> {
  const service = await findService(options);
  const where = path.resolve(named);
  const source = await openSource(where);
  const journal = await Journal.open(JOURNALS, [service.url, collection, where], source.version);
  if (options.restart) journal.restart(source.version);
  if (journal.kept.done > 0)
    process.stderr.write(
      `Going on behind the first ${journal.kept.done} documents, which an earlier run has done (--restart begins anew).\n`,
    );
  const interrupted = new AbortController();
  const stop = () => {
    process.stderr.write("\nEnds behind the batch that is under way; Ctrl-C again ends at once.\n");
    interrupted.abort(new UsageError("Interrupted; the same command goes on."));
  };
  process.once("SIGINT", stop);
  try {
    const client = new NearfieldClient({ ...service, session: false });
    await writeAll(client, collection, source, journal, interrupted.signal);
  } finally {
    process.off("SIGINT", stop);
  }
  await journal.close();
  if (options.report !== undefined)
    await writeFile(options.report, `${JSON.stringify(journal.kept, null, 1)}\n`);
  return told(collection, journal.kept);
}

async function openSource(where: string): Promise<Source> {
  const found = await stat(where).catch(() => null);
  if (found?.isDirectory() === true) return folderSource(where);
  if (found?.isFile() === true) return linesSource(where, found);
  throw new UsageError(`There is no folder and no file ${where}.`);
}

/** One batch after the other: the service embeds on all its cores, and how far it is stays one number. */
async function writeAll(
  client: NearfieldClient,
  collection: string,
  source: Source,
  journal: Journal,
  interrupted: AbortSignal,
): Promise<void> {
  const bar = new SingleBar({
    format: " {bar} {percentage}% | {written} written, {skipped} skipped",
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    stream: process.stderr,
  });
  const shown = () => ({ written: journal.kept.written, skipped: journal.kept.skippedCount });
  let passed = 0;
  const ahead = behind(source.documents(), journal.kept.done, (bytes) => {
    passed += bytes;
  });
  bar.start(Math.max(1, source.bytes), 0, shown());
  try {
    for await (const batch of batches(ahead)) {
      interrupted.throwIfAborted();
      const sent = await sendBatch(client, collection, batch);
      await journal.add(batch.length, sent);
      passed += batch.reduce((sum, { bytes }) => sum + bytes, 0);
      bar.update(Math.min(passed, source.bytes), shown());
    }
    bar.update(source.bytes, shown());
  } finally {
    bar.stop();
  }
}

/** What comes behind the first documents; `onPassed` hears how many bytes these have. */
async function* behind(
  documents: AsyncIterable<Found>,
  first: number,
  onPassed: (bytes: number) => void,
): AsyncGenerator<Found> {
  for await (const one of documents) {
    if (one.index < first) onPassed(one.bytes);
    else yield one;
  }
}

function told(collection: string, { written, skipped, skippedCount }: Kept): boolean {
  process.stdout.write(`${collection}: ${written} documents written, ${skippedCount} skipped.\n`);
  for (const { at, why } of skipped.slice(0, SKIPPED_SHOWN_MAX))
    process.stdout.write(`  ${at}: ${why}\n`);
  const more = skippedCount - SKIPPED_SHOWN_MAX;
  if (more > 0)
    process.stdout.write(`  and ${more} more (--report FILE has up to 1,000 of them)\n`);
  return skippedCount === 0 && written > 0;
}

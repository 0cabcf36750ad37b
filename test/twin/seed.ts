import { timeLeft } from "../../shared/cli/time-left.ts";
import { SingleBar } from "cli-progress";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { NearfieldError } from "../../shared/client/nearfield-error.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";

const DEMO = fileURLToPath(new URL("./demo/", import.meta.url));
const BATCH = 24;
const LANES = 2;

const Picture = z.object({
  id: z.string(),
  file: z.string(),
  title: z.string(),
  text: z.string(),
  tags: z.array(z.string()),
  licence: z.string(),
  credit: z.string(),
  source: z.string(),
});
const Passage = z.object({
  id: z.string(),
  title: z.string(),
  text: z.string(),
  licence: z.string().optional(),
  source: z.string().optional(),
});

export const DEMO_COLLECTION = "demo";

/** Number of documents that the demo has when all are in. */
export async function demoSize(): Promise<number> {
  return (await readLines("pictures.jsonl")).length + (await readLines("passages.jsonl")).length;
}

/**
 * Loads the demo over HTTP, as a user would, behind a progress bar; what is already there is not sent again, so a start that
 * was broken off goes on where it was.
 *
 * @param onSearchable called when the first batch can be found
 */
export async function seedDemo(
  client: NearfieldOperator,
  out: NodeJS.WriteStream,
  onSearchable: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await createCollection(client, signal);
  const pictures = (await readLines("pictures.jsonl")).map((line) =>
    Picture.parse(JSON.parse(line)),
  );
  const passages = (await readLines("passages.jsonl")).map((line) =>
    Passage.parse(JSON.parse(line)),
  );
  const there = await existingIds(client, signal);
  const waiting = [
    ...pictures
      .filter(({ id }) => !there.has(id))
      .map((picture) => () => toPictureDocument(picture)),
    ...passages
      .filter(({ id }) => !there.has(id))
      .map((passage) => async () => toPassageDocument(passage)),
  ];
  const total = pictures.length + passages.length;
  if (waiting.length === 0) return onSearchable();
  const bar = new SingleBar({
    stream: out,
    format: "  demo |{bar}| {value}/{total} searchable{eta_formatted}",
    formatTime: timeLeft,
    hideCursor: true,
    noTTYOutput: !out.isTTY,
    notTTYSchedule: 5_000,
  });
  let next = 0;
  let done = there.size;
  const lane = async (): Promise<void> => {
    while (next < waiting.length && !signal.aborted) {
      const batch = waiting.slice(next, (next += BATCH));
      const documents = await Promise.all(batch.map((make) => make()));
      await client.putDocuments({ collection: DEMO_COLLECTION, documents }, { signal });
      done += documents.length;
      if (!bar.isActive) {
        await onSearchable(); // Said before the bar begins, which owns its line from then on.
        bar.start(total, done);
      }
      bar.update(done);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    bar.stop();
  }
}

async function createCollection(client: NearfieldOperator, signal: AbortSignal): Promise<void> {
  const definition = {
    name: DEMO_COLLECTION,
    fields: { kind: "string", licence: "string", credit: "string", tags: "strings" } as const,
    spaces: {
      text: { model: "text", metric: "cosine", weight: 1 } as const,
      image: { model: "image", metric: "cosine", weight: 1 } as const,
    },
    shards: 4,
  };
  await client.createCollection(definition, { signal }).catch((error: unknown) => {
    if (!(error instanceof NearfieldError && error.code === "already-exists")) throw error;
  });
}

async function existingIds(client: NearfieldOperator, signal: AbortSignal): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await client.listDocuments(
      { collection: DEMO_COLLECTION, limit: 1_000, ...(cursor === null ? {} : { cursor }) },
      { signal },
    );
    for (const { id } of page.documents) ids.add(id);
    cursor = page.cursor;
  } while (cursor !== null);
  return ids;
}

async function toPictureDocument({
  id,
  file,
  title,
  text,
  tags,
  licence,
  credit,
  source,
}: z.output<typeof Picture>): Promise<DocumentInput> {
  const bytes = await readFile(path.join(DEMO, file));
  return {
    id,
    title,
    text,
    image: { base64: bytes.toString("base64") },
    metadata: { kind: "picture", tags, licence, credit, source },
  };
}

function toPassageDocument({
  id,
  title,
  text,
  licence,
  source,
}: z.output<typeof Passage>): DocumentInput {
  return {
    id,
    title,
    text,
    metadata: {
      kind: "passage",
      ...(licence === undefined ? {} : { licence }),
      ...(source === undefined ? {} : { source }),
    },
  };
}

async function readLines(name: string): Promise<string[]> {
  return (await readFile(path.join(DEMO, name), "utf8")).split("\n").filter((line) => line !== "");
}

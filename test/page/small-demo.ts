import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";

const DEMO = fileURLToPath(new URL("../twin/demo/", import.meta.url));

const Line = z.object({
  id: z.string(),
  title: z.string(),
  text: z.string(),
  file: z.string().optional(),
  licence: z.string().optional(),
  credit: z.string().optional(),
  tags: z.array(z.string()).default([]),
});
type Line = z.output<typeof Line>;

/** The demo's, and one of each other type. */
const FIELDS = {
  kind: "string",
  licence: "string",
  credit: "string",
  tags: "strings",
  chars: "number",
  photo: "boolean",
  "added.at": "date",
} as const;

const PICTURES = [/cat|tiger/i, /boat|sail/i, /guitar|violin|harp/i, /apple|pear/i];
const PASSAGES = /coffee|parliament|snow/i;
const OF_EACH_PICTURES = 4;
const PASSAGES_MAX = 24;

/** Documents that a small demo has: enough to search, few enough to be there in seconds. */
export const SMALL_DEMO_SIZE = PICTURES.length * OF_EACH_PICTURES + PASSAGES_MAX;

/** Loads some pictures and passages of the demo into a collection of its name. */
export async function loadSmallDemo(client: NearfieldOperator): Promise<void> {
  await client.createCollection({
    name: "demo",
    fields: FIELDS,
  });
  const lines = await readLines("pictures.jsonl");
  const pictures = PICTURES.flatMap((pattern) =>
    lines.filter(({ title }) => pattern.test(title)).slice(0, OF_EACH_PICTURES),
  );
  const passages = (await readLines("passages.jsonl"))
    .filter(({ text }) => PASSAGES.test(text))
    .slice(0, PASSAGES_MAX);
  const documents = await Promise.all([...pictures, ...passages].map(toDocument));
  await client.putDocuments({ collection: "demo", documents });
}

/** A picture of the demo, as a file that a person would choose. */
export function pictureFile(title: string): Promise<string> {
  return readLines("pictures.jsonl").then((lines) => {
    const found = lines.find((line) => line.title === title);
    if (found?.file === undefined) throw new Error(`the demo has no picture ${title}`);
    return path.join(DEMO, found.file);
  });
}

async function toDocument({ id, title, text, file, licence = "", credit = "", tags }: Line) {
  const image =
    file === undefined
      ? {}
      : { image: { base64: (await readFile(path.join(DEMO, file))).toString("base64") } };
  return {
    id,
    title,
    text,
    ...image,
    metadata: {
      kind: file === undefined ? "passage" : "picture",
      licence,
      credit,
      tags,
      chars: text.length,
      photo: id.startsWith("photo-"),
      added: { at: "2026-05-01" },
    },
  };
}

async function readLines(name: string): Promise<Line[]> {
  const text = await readFile(path.join(DEMO, name), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Line.parse(JSON.parse(line)));
}

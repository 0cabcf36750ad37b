import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { z } from "zod";
import { splitPassages } from "../../shared/domain/passages.ts";
import { required } from "../../shared/std/assert.ts";
import type { InProcessEmbedder } from "./embed-in-process.ts";

const DEMO = fileURLToPath(new URL("../twin/demo/", import.meta.url));
/** A picture is asked for by a copy that is not the same file: half as large, and JPEG of this quality. */
const COPY_QUALITY = 70;

/** What can be found: a document with a vector for each of its passages. */
export interface GalleryDocument {
  readonly id: string;
  readonly vectors: readonly Float32Array[];
}

export interface QualityQuery {
  /** Id of the one right document. */
  readonly right: string;
  /** One a part; several are fused. */
  readonly vectors: readonly Float32Array[];
}

export interface QualityTask {
  readonly name: string;
  readonly gallery: readonly GalleryDocument[];
  readonly queries: readonly QualityQuery[];
}

const Question = z.object({ id: z.string(), question: z.string(), answer: z.string() });
const Picture = z.object({
  id: z.string(),
  file: z.string(),
  text: z.string(),
  heldOut: z.boolean(),
});

/** 303 questions of perlfaq, which no model here was trained on: each has its own answer. */
export async function questionTask(embedder: InProcessEmbedder): Promise<QualityTask> {
  const questions = await readLines("questions.jsonl", Question);
  const passages = questions.flatMap(({ id, answer }) =>
    splitPassages(answer).map(({ text }) => ({ id, text })),
  );
  const [asked, answered] = [
    await embedder.texts(questions.map(({ question }) => question)),
    await embedder.texts(passages.map(({ text }) => text)),
  ];
  const byDocument = new Map<string, Float32Array[]>(questions.map(({ id }) => [id, []]));
  for (const [i, { id }] of passages.entries())
    byDocument.get(id)?.push(required(answered[i], "a vector a passage"));
  return {
    name: "question -> answer",
    gallery: [...byDocument].map(([id, vectors]) => ({ id, vectors })),
    queries: questions.map(({ id }, i) => ({
      right: id,
      vectors: [required(asked[i], "a vector a question")],
    })),
  };
}

/**
 * Pictures by their pixels alone, among all of the demo's: asked for by caption, by a changed copy, and by both. Only those that the
 * picture model's head was not fitted on are asked for.
 */
export async function pictureTasks(embedder: InProcessEmbedder): Promise<QualityTask[]> {
  const pictures = await readLines("pictures.jsonl", Picture);
  const files = await Promise.all(pictures.map(({ file }) => readFile(path.join(DEMO, file))));
  const seen = await embedder.pictures(files);
  const gallery = pictures.map(({ id }, i) => ({
    id,
    vectors: [required(seen[i], "a vector a picture")],
  }));
  const held = pictures.flatMap((picture, i) =>
    picture.heldOut ? [{ ...picture, bytes: required(files[i], "a file a picture") }] : [],
  );
  const captions = await embedder.texts(held.map(({ text }) => text));
  const copies = await embedder.pictures(
    await Promise.all(held.map(({ bytes }) => changedCopy(bytes))),
  );
  const task = (name: string, ...parts: readonly (readonly Float32Array[])[]): QualityTask => ({
    name,
    gallery,
    queries: held.map(({ id }, i) => ({
      right: id,
      vectors: parts.map((part) => required(part[i], "a vector a part")),
    })),
  });
  return [
    task("caption -> picture", captions),
    task("picture -> same", copies),
    task("caption + picture -> same", captions, copies),
  ];
}

async function changedCopy(bytes: Buffer): Promise<Uint8Array> {
  const { width, height } = await sharp(bytes).metadata();
  return sharp(bytes)
    .flatten({ background: "white" })
    .resize(Math.max(1, Math.round(width / 2)), Math.max(1, Math.round(height / 2)))
    .jpeg({ quality: COPY_QUALITY })
    .toBuffer();
}

async function readLines<S extends z.ZodType>(name: string, schema: S): Promise<z.output<S>[]> {
  const text = await readFile(path.join(DEMO, name), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => schema.parse(JSON.parse(line)));
}

import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { LIMITS } from "../../contracts/limits.ts";
import { parse } from "../../contracts/parse.ts";
import { QueryPart } from "../../contracts/query.ts";
import { UsageError } from "../usage-error.ts";
import { readLines } from "./lines.ts";

/** A query of the set, as it is asked where a variant does not say otherwise. */
export interface EvaluationQuery {
  readonly id: string;
  /** What it is made of, e.g. `text`, `image`, `text+image`; or what the file calls it. */
  readonly modality: string;
  /** What `$text` stands for; null where it has no text. */
  readonly text: string | null;
  /** All parts but the picture. */
  readonly parts: readonly QueryPart[];
  /** Read when it is asked: thousands of pictures need not be held at once. */
  readonly picture: { readonly file: string; readonly space?: string | undefined } | null;
}

const Id = z.union([z.string().min(1).max(LIMITS.documentIdBytesMax), z.int()]).transform(String);

const QueryLine = z.strictObject({
  id: Id,
  text: z.string().optional(),
  image: z.string().min(1).optional(),
  vector: z.unknown().optional(),
  space: z.string().max(32).optional(),
  modality: z.string().min(1).max(32).optional(),
  queries: z.array(QueryPart).min(1).max(LIMITS.queryPartsMax).optional(),
});

/** Queries as JSON lines, or as TREC topics, `id<TAB>text`. @throws UsageError that names the bad lines */
export async function readQueries(file: string): Promise<EvaluationQuery[]> {
  const ids = new Set<string>();
  return readLines(file, async (line) => {
    const query = line.trimStart().startsWith("{")
      ? await fromJson(JSON.parse(line), path.dirname(file))
      : fromTopic(line);
    if (ids.has(query.id)) throw new UsageError(`the id ${query.id} is there twice`);
    ids.add(query.id);
    return query;
  });
}

/** The query's own parts, with its picture. */
export async function partsOf({ parts, picture }: EvaluationQuery): Promise<QueryPart[]> {
  if (picture === null) return [...parts];
  const { file, ...space } = picture;
  const base64 = (await readFile(file)).toString("base64");
  return [...parts, parse(QueryPart, { image: { base64 }, ...space }, "the picture")];
}

function fromTopic(line: string): EvaluationQuery {
  const tab = line.indexOf("\t");
  if (tab === -1) throw new UsageError("neither JSON nor id<TAB>text");
  const topic = { id: line.slice(0, tab).trim(), text: line.slice(tab + 1).trim() };
  const { id, text } = parse(z.object({ id: Id, text: z.string().min(1) }), topic, "the topic");
  const parts = [parse(QueryPart, { text }, "the topic")];
  return { id, modality: "text", text, parts, picture: null };
}

async function fromJson(value: unknown, folder: string): Promise<EvaluationQuery> {
  const { id, text, image, vector, modality, queries, ...named } = parse(QueryLine, value, "it");
  const own = [text, image, vector].some((member) => member !== undefined);
  if (own === (queries !== undefined))
    throw new UsageError("either queries, or text, image or vector, is needed");
  const parts = queries ?? [
    ...(text === undefined ? [] : [parse(QueryPart, { text, ...named }, "it")]),
    ...(vector === undefined ? [] : [parse(QueryPart, { vector, ...named }, "it")]),
  ];
  const picture = image === undefined ? null : { file: path.resolve(folder, image), ...named };
  if (picture !== null) await requirePicture(picture.file);
  const kinds = [...parts.map(kindOf), ...(picture === null ? [] : ["image"])];
  return {
    id,
    modality: modality ?? [...new Set(kinds)].join("+"),
    text: parts.flatMap((part) => ("text" in part ? part.text : []))[0] ?? null,
    parts,
    picture,
  };
}

function kindOf(part: QueryPart): string {
  return ["text", "image", "vector"].find((kind) => kind in part) ?? "like";
}

async function requirePicture(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) throw new UsageError(`there is no picture ${file}`);
  if (found.size > LIMITS.pictureBytesMax)
    throw new UsageError(`${file} has more than ${LIMITS.pictureBytesMax} bytes`);
}

import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { digestFor, type SettledSpace } from "../../shared/contracts/space.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { QueryPart } from "../../shared/contracts/query.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { decodeVector } from "../../shared/std/bytes.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { PartVector } from "./branch.ts";
import { fetchDocuments } from "./hydrate.ts";
import { embedPart, type EmbedDeps, type EmbeddablePart } from "./embed-part.ts";

/**
 * A query finds things of its own kind more surely than things of the other kind. On 60 questions to the demo's passages and
 * 20 for its pictures (top 3) half the weight keeps the passages that whole weight loses (0.92 against 0.82), and loses no picture.
 */
const CROSS_MODAL_WEIGHT = 0.5;

/**
 * Text and pictures share a space, but their cosines are low: a good match has 0.35 to 0.65, a poor one less than 0.25. The
 * nearest neighbours of a question that no picture answers are noise, and would push away the texts that do answer it.
 */
const CROSS_MODAL_SIMILARITY_MIN = 0.25;

/** Of an id that a message repeats. */
const ID_CHARS_MAX = 100;

/**
 * A part's vectors, one for each space that it can be embedded for.
 * @throws Problem `invalid-vector`, `invalid-request`, `space-unfilled`, `media-rejected`, `not-found` (like), `embedder-unavailable`
 */
export async function partVectors(
  deps: EmbedDeps,
  part: QueryPart,
  index: number,
  opened: OpenedRead,
  signal: AbortSignal,
): Promise<PartVector[]> {
  const at = `/queries/${index}`;
  const { collection } = opened;
  if (part.space !== undefined && opened.unfilled.includes(part.space))
    throw unfilledYet([part.space]);
  if (part.space !== undefined && !Object.hasOwn(collection.spaces, part.space)) {
    throw refusal(
      "invalid-request",
      `${at}/space`,
      `the collection's spaces are ${Object.keys(collection.spaces).join(", ")}`,
    );
  }
  const { weight, negative } = part;
  const plain = { part: index, weight, negative, except: null, similarityMin: -1 };
  if ("vector" in part) {
    const space = required(collection.spaces[part.space], "the space was looked up above");
    const vector = givenVector(space, part.vector, at);
    return [{ ...plain, space: part.space, vector, affinity: weightOf(space) }];
  }
  if ("like" in part) {
    const found = await likeVectors(part, at, opened, signal);
    // A document does not find itself; one that is not wanted is pushed down most of all.
    const except = negative ? null : part.like;
    return found.map((one) => ({ ...plain, ...one, except }));
  }
  const found = await embeddedVectors(deps, opened, part, at, signal);
  return found.map((one) => ({ ...plain, ...one }));
}

function givenVector(
  space: SettledSpace,
  given: string | readonly number[],
  at: string,
): Float32Array {
  const raw = typeof given === "string" ? decodeVector(given) : Float32Array.from(given);
  if (raw === null)
    throw refusal("invalid-vector", `${at}/vector`, "base64 of little-endian float32 is needed");
  if (raw.length !== space.dimension)
    throw refusal(
      "invalid-vector",
      `${at}/vector`,
      `${space.dimension} dimensions are needed, not ${raw.length}`,
    );
  const vector = toUnitVector(raw);
  if (vector === null)
    throw refusal("invalid-vector", `${at}/vector`, "finite values, not all zero, are needed");
  return vector;
}

async function likeVectors(
  { like, space: named }: Extract<QueryPart, { like: string }>,
  at: string,
  opened: OpenedRead,
  signal: AbortSignal,
) {
  const { collection } = opened;
  const found = await fetchDocuments(opened, [like], { vectors: true }, signal);
  const rows = found.get(like) ?? [];
  if (rows.length === 0) throw new Problem("not-found", noSuchDocument(collection.name, like));
  const vectors = searchedSpaces(collection, named).flatMap(([name, space]) => {
    // A long document is asked for by its first passage that has a vector in the space.
    const vector = rows
      .map((row) => row.vectors[name])
      .find((candidate) => candidate !== null && candidate !== undefined);
    return vector === undefined || vector === null
      ? []
      : [{ space: name, vector, affinity: weightOf(space) }];
  });
  if (vectors.length > 0) return vectors;
  const where = named === undefined ? "any space that is searched" : `space ${named}`;
  throw refusal("invalid-request", `${at}/like`, `${shown(like)} has no vector in ${where}`);
}

function noSuchDocument(collection: string, id: string): string {
  return `${collection} has no document ${shown(id)} that something could be like.`;
}

function shown(id: string): string {
  return JSON.stringify(id.length > ID_CHARS_MAX ? `${id.slice(0, ID_CHARS_MAX)}…` : id);
}

async function embeddedVectors(
  deps: EmbedDeps,
  { collection, unfilled }: OpenedRead,
  part: EmbeddablePart,
  at: string,
  signal: AbortSignal,
) {
  const modality = "text" in part ? "text" : "image";
  const { digest, dimension } = await deps.embedder.model(modality, signal);
  const named = searchedSpaces(collection, part.space);
  const filled = named.filter(([, { model }]) => model !== "none");
  const spaces = [];
  for (const [name, space] of filled) {
    const pinned = digestFor(space, modality);
    if (pinned !== null && (pinned !== digest || space.dimension !== dimension))
      throw otherWeights(name);
    const kin = pinned !== null;
    if (kin || (await meets(deps.embedder, name, space, signal))) spaces.push({ name, space, kin });
  }
  if (spaces.length === 0 && unfilled.length > 0) throw unfilledYet(unfilled);
  if (spaces.length === 0) throw notComparable(modality, part.space, filled.length > 0, at);
  const vector = await embedPart(deps, digest, part, at, signal);
  // Where nothing of its own kind is searched, the other kind is what is wanted, however far it is.
  const hasKin = spaces.some(({ kin }) => kin);
  return spaces.map(({ name, space, kin }) => ({
    space: name,
    vector,
    affinity: weightOf(space) * (kin ? 1 : CROSS_MODAL_WEIGHT),
    similarityMin: kin || !hasKin ? -1 : CROSS_MODAL_SIMILARITY_MIN,
  }));
}

/**
 * Whether a part of one kind can be compared with a space of the other: a picture model's text tower makes vectors of texts that meet
 * its own. So a text finds pictures by their pixels, and a picture finds texts.
 */
async function meets(
  embedder: EmbedDeps["embedder"],
  name: string,
  { model, digest }: SettledSpace,
  signal: AbortSignal,
): Promise<boolean> {
  const text = await embedder.model("text", signal);
  const picture = await embedder.model("image", signal);
  if (digest !== (model === "text" ? text : picture).digest) throw otherWeights(name);
  return picture.textTower === text.digest;
}

function unfilledYet(spaces: readonly string[]): Problem {
  return new Problem(
    "space-unfilled",
    `Vectors are being made for space ${spaces.join(", ")}; GET /v1/status tells how far that is. Leave it out until then.`,
  );
}

function otherWeights(space: string): Problem {
  return new Problem(
    "model-mismatch",
    `Space ${space} was filled by other weights than this region's embedder has.`,
  );
}

function notComparable(
  modality: "text" | "image",
  named: string | undefined,
  filled: boolean,
  at: string,
): Problem {
  const what = modality === "text" ? "a text" : "a picture";
  if (!filled)
    return refusal(
      "invalid-request",
      at,
      named === undefined
        ? "no space of the collection is filled by a model: give a vector"
        : `space ${named} is filled by no model: give a vector`,
    );
  return refusal(
    "invalid-request",
    named === undefined ? at : `${at}/space`,
    `the picture model has no text tower, so ${what} can't be compared with what is there`,
  );
}

/** A space of weight 0 takes part only where it is named, and then as if it were alone. */
function weightOf(space: SettledSpace): number {
  return space.weight === 0 ? 1 : space.weight;
}

/** The spaces that a part searches: the one it names, else all of some weight. */
function searchedSpaces(collection: LaidOutCollection, named: string | undefined) {
  return Object.entries(collection.spaces).filter(([name, space]) =>
    named === undefined ? space.weight > 0 : name === named,
  );
}

/** A fault of the query, at a place of it. */
export function refusal(
  code: "invalid-vector" | "invalid-request",
  pointer: string,
  message: string,
): Problem {
  return new Problem(code, "Mend the query.", { errors: [{ pointer, message }] });
}

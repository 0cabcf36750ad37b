import type { CollectionRecord, SettledSpace } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { QueryPart } from "../../shared/contracts/retrieve.ts";
import { decodeVector, sha256Hex } from "../../shared/std/bytes.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import { shardOf } from "../../shared/domain/ring.ts";

/** One ranking to be made: a query vector in a space. `name` is what `matchedBy` shows. */
export interface Branch {
  readonly name: string;
  readonly space: string;
  readonly vector: Float32Array;
  readonly weight: number;
  /** A document that must not find itself. */
  readonly except: string | null;
  /** Candidates less similar than this are left out of the ranking. */
  readonly similarityMin: number;
}

export interface BranchDeps {
  readonly embedder: Embedder;
  readonly cache: RegionCache;
}

/** Both bundled models embed into one space, so a text finds pictures by their pixels and a picture finds texts. */
const EMBEDDED_TOGETHER: ReadonlySet<string> = new Set(["text", "image"]);

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

/**
 * The branches of a query: each part, in each space that it can be embedded for. Weights multiply: the part's and the space's.
 * @throws Problem `invalid-vector`, `invalid-request`, `media-rejected`, `not-found` (like), `embedder-unavailable`
 */
export async function planBranches(
  deps: BranchDeps,
  record: CollectionRecord,
  parts: readonly QueryPart[],
  opened: OpenedRead,
  signal: AbortSignal,
): Promise<Branch[]> {
  const planned = await Promise.all(
    parts.map(async (part, index) => {
      const at = `/queries/${index}`;
      if (part.space !== undefined && !Object.hasOwn(record.spaces, part.space)) {
        throw refusal(
          "invalid-request",
          `${at}/space`,
          `the collection's spaces are ${Object.keys(record.spaces).join(", ")}`,
        );
      }
      if ("vector" in part) return [givenBranch(record, part, at)];
      if ("like" in part) return likeBranches(record, part, opened, at, signal);
      return embeddedBranches(deps, record, part, at, signal);
    }),
  );
  return planned.flat();
}

function givenBranch(
  record: CollectionRecord,
  part: Extract<QueryPart, { vector: unknown }>,
  at: string,
): Branch {
  const space = record.spaces[part.space];
  const raw =
    typeof part.vector === "string" ? decodeVector(part.vector) : Float32Array.from(part.vector);
  if (space === undefined || raw === null)
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
  return {
    name: part.space,
    space: part.space,
    vector,
    weight: part.weight * weightOf(space),
    except: null,
    similarityMin: -1,
  };
}

async function likeBranches(
  record: CollectionRecord,
  part: Extract<QueryPart, { like: string }>,
  { ring, view }: OpenedRead,
  at: string,
  signal: AbortSignal,
): Promise<Branch[]> {
  const rows = await view.documents(
    shardOf(ring, part.like),
    [part.like],
    { vectors: true },
    signal,
  );
  if (rows.length === 0)
    throw new Problem("not-found", `There is no document of the id that ${at}/like names.`);
  return searchedSpaces(record, part.space).flatMap(([name, space]) => {
    // A long document is asked for by its first passage that has a vector in the space.
    const vector = rows
      .map((row) => row.vectors[name])
      .find((candidate) => candidate !== null && candidate !== undefined);
    return vector === undefined || vector === null
      ? []
      : [
          {
            name,
            space: name,
            vector,
            weight: part.weight * weightOf(space),
            except: part.like,
            similarityMin: -1,
          },
        ];
  });
}

async function embeddedBranches(
  deps: BranchDeps,
  record: CollectionRecord,
  part: Extract<QueryPart, { text: string } | { image: unknown }>,
  at: string,
  signal: AbortSignal,
): Promise<Branch[]> {
  const model = "text" in part ? "text" : "image";
  const spaces = searchedSpaces(record, part.space).filter(([, space]) =>
    EMBEDDED_TOGETHER.has(space.model),
  );
  if (spaces.length === 0)
    throw refusal(
      "invalid-request",
      at,
      `no space of the collection is filled by a model: give a vector`,
    );
  const { digest, dimension } = await deps.embedder.model(model, signal);
  for (const [name, space] of spaces) {
    if (space.dimension !== dimension || (space.model === model && space.digest !== digest)) {
      throw new Problem(
        "model-mismatch",
        `Space ${name} was filled by other weights than this region's embedder has.`,
      );
    }
  }
  const vector = await embedCached(deps, model, digest, part, at, signal);
  // Where nothing of its own kind is searched, the other kind is what is wanted, however far it is.
  const hasKin = spaces.some(([, space]) => space.model === model);
  return spaces.map(([name, space]) => {
    const kin = space.model === model;
    return {
      name,
      space: name,
      vector,
      weight: part.weight * weightOf(space) * (kin ? 1 : CROSS_MODAL_WEIGHT),
      except: null,
      similarityMin: kin || !hasKin ? -1 : CROSS_MODAL_SIMILARITY_MIN,
    };
  });
}

/** The part's vector, from the cache by (model digest, content hash), else from the embedder. */
async function embedCached(
  { embedder, cache }: BranchDeps,
  model: "text" | "image",
  digest: string,
  part: Extract<QueryPart, { text: string } | { image: unknown }>,
  at: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const input = "text" in part ? { text: part.text } : { image: part.image.base64 };
  const name = `${digest}:${sha256Hex("text" in input ? input.text : input.image)}`;
  const [known] = await cache.vectors([name], signal);
  if (known !== null && known !== undefined) return known;
  const embedded = await embedder.embed(model, [input], { thumbnails: false }, signal);
  const { vectors, refused } = embedded;
  if (embedded.digest !== digest)
    throw new Problem("model-mismatch", "The embedder has just got other weights; try again.");
  const vector = vectors[0];
  if (vector === null || vector === undefined) {
    const refusedFor = refused[0];
    const code =
      refusedFor?.code === "unsupported-media-type" ? "unsupported-media-type" : "media-rejected";
    throw new Problem(code, refusedFor?.message ?? "The picture can't be used.", {
      errors: [{ pointer: at, message: "refused by the decoder" }],
    });
  }
  void cache.keepVectors([{ name, vector }], AbortSignal.timeout(1_000));
  return vector;
}

/** A space of weight 0 takes part only where it is named, and then as if it were alone. */
function weightOf(space: SettledSpace): number {
  return space.weight === 0 ? 1 : space.weight;
}

/** The spaces that a part searches: the one it names, else all of some weight. */
function searchedSpaces(record: CollectionRecord, named: string | undefined) {
  return Object.entries(record.spaces).filter(([name, space]) =>
    named === undefined ? space.weight > 0 : name === named,
  );
}

function refusal(
  code: "invalid-vector" | "invalid-request",
  pointer: string,
  message: string,
): Problem {
  return new Problem(code, "Mend the query.", { errors: [{ pointer, message }] });
}

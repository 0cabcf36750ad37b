import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { LEXICAL } from "../../shared/contracts/space.ts";
import type { Fuse, QueryPart } from "../../shared/contracts/query.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Branch, PartVector, PlannedQuery, Requirement } from "./branch.ts";
import type { EmbedDeps } from "./embed-part.ts";
import { partVectors, refusal } from "./part-vectors.ts";

/**
 * What is to be ranked and required for a query's parts.
 * @throws Problem as `partVectors`, and `invalid-request` for parts that can't be added up or required
 */
export async function planBranches(
  deps: EmbedDeps,
  parts: readonly QueryPart[],
  fuse: Fuse,
  opened: OpenedRead,
  signal: AbortSignal,
): Promise<PlannedQuery> {
  const { collection } = opened;
  const words = parts.flatMap((part, index) => wordBranch(collection, part, index) ?? []);
  // Where no model fills a space, a text is still answered by its words.
  const wordsAlone =
    words.length > 0 && Object.values(collection.spaces).every(({ model }) => model === "none");
  const vectors = await Promise.all(
    parts.map((part, index) =>
      part.space === LEXICAL || (wordsAlone && "text" in part && part.space === undefined)
        ? []
        : partVectors(deps, part, index, opened, signal),
    ),
  );
  const requirements = parts.flatMap((part, index) =>
    part.similarityMin === undefined
      ? []
      : [requirement(part, part.similarityMin, vectors[index] ?? [], index)],
  );
  const ranking = vectors.flat().filter(({ weight }) => weight > 0);
  const near = fuse === "vectors" ? addedUp(collection, ranking) : ranking.map(toBranch);
  return { branches: [...near, ...words], requirements };
}

/**
 * The branch of a text part's words: where the part names the full-text search as its space, or the collection gives it a weight
 * in every text query.
 * @throws Problem `invalid-request` where the collection has none, or the part is no text
 */
function wordBranch(collection: LaidOutCollection, part: QueryPart, index: number): Branch | null {
  const { lexical } = collection;
  const named = part.space === LEXICAL;
  if (named && lexical === null)
    throw refusal(
      "invalid-request",
      `/queries/${index}/space`,
      "the collection was created without lexical: it has no full-text search",
    );
  if (named && !("text" in part))
    throw refusal("invalid-request", `/queries/${index}`, "the full-text search takes a text");
  if (!("text" in part) || lexical === null || part.weight === 0) return null;
  if (!named && (part.space !== undefined || lexical.weight === 0)) return null;
  return {
    name: LEXICAL,
    parts: [index],
    by: { kind: "words", text: part.text },
    weight: part.weight * (named ? 1 : lexical.weight),
    negative: part.negative,
    except: new Set(),
    similarityMin: 0,
  };
}

function toBranch(one: PartVector): Branch {
  const { part, space, vector, weight, affinity, negative, except, similarityMin } = one;
  const excepted = new Set(except === null ? [] : [except]);
  return {
    name: space,
    parts: [part],
    by: { kind: "near", space, vector },
    weight: weight * affinity,
    negative,
    except: excepted,
    similarityMin,
  };
}

function requirement(
  part: QueryPart,
  similarityMin: number,
  vectors: readonly PartVector[],
  index: number,
): Requirement {
  if (part.space === LEXICAL)
    throw refusal(
      "invalid-request",
      `/queries/${index}/similarityMin`,
      "words have no cosine similarity: name a space of vectors",
    );
  const [one, second] = vectors;
  if (one === undefined || second !== undefined)
    throw refusal(
      "invalid-request",
      `/queries/${index}/space`,
      "similarityMin is measured in one space: name it",
    );
  return { space: one.space, vector: one.vector, similarityMin };
}

/**
 * One branch for each space in which every part has a vector: their weighted sum, negative parts taken away. Only vectors of one
 * space can be added up.
 * @see Rocchio: "Relevance feedback in information retrieval", 1971
 */
function addedUp(collection: LaidOutCollection, vectors: readonly PartVector[]): Branch[] {
  if (vectors.length === 0) return [];
  const parts = [...new Set(vectors.map(({ part }) => part))];
  const spaces = Object.keys(collection.spaces).filter((name) =>
    parts.every((part) => vectors.some((one) => one.part === part && one.space === name)),
  );
  if (spaces.length === 0)
    throw refusal(
      "invalid-request",
      "/fuse",
      "the parts have no space in common, so their vectors can't be added up: fuse ranks or scores",
    );
  return spaces.map((space) => {
    const terms = vectors.filter((one) => one.space === space);
    const first = required(terms[0], "every part has a vector in the space");
    const sum = new Float32Array(first.vector.length);
    for (const { vector, weight, negative } of terms) {
      const factor = negative ? -weight : weight;
      for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + factor * value;
    }
    const vector = toUnitVector(sum);
    if (vector === null)
      throw refusal("invalid-vector", "/queries", "the parts' vectors add up to nothing");
    const weight = collection.spaces[space]?.weight ?? 1;
    return {
      name: space,
      parts,
      by: { kind: "near", space, vector },
      weight: weight === 0 ? 1 : weight,
      negative: false,
      except: new Set(terms.flatMap(({ except }) => except ?? [])),
      similarityMin: -1,
    };
  });
}

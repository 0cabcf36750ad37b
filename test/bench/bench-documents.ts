import type { DocumentInput } from "../../shared/contracts/document.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import type { Random } from "../../shared/std/random.ts";

const WORDS =
  "river stone harbour winter engine garden market signal window copper forest bridge island letter summer mirror valley thunder paper silver".split(
    " ",
  );
/** Words of a text: about 500 characters, as a passage of the demo has. */
const TEXT_WORDS = 75;
const TITLE_WORDS = 4;

/** Documents of given vectors, with a title, a text and metadata, so that an answer weighs what real ones do. */
export function benchDocuments(
  count: number,
  space: string,
  nextVector: () => Float32Array,
  random: Random,
): DocumentInput[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `doc-${i}`,
    title: words(TITLE_WORDS, random),
    text: `${words(TEXT_WORDS, random)}.`,
    metadata: { kind: i % 2 === 0 ? "even" : "odd", n: i },
    vectors: { [space]: encodeVector(nextVector()) },
  }));
}

/**
 * Vectors that lie near a subspace, as a model's do: an index finds its way among them, which it can't among random ones.
 * @param latent dimensions that count, e.g. 24
 */
export function latentVectors(
  dimension: number,
  latent: number,
  random: Random,
): () => Float32Array {
  const basis = Array.from({ length: latent }, () => randomVector(dimension, random));
  return () => {
    const vector = randomVector(dimension, random).map((value) => value / 4);
    for (const axis of basis) {
      const weight = random() + random() + random() - 1.5;
      for (let i = 0; i < dimension; i++) vector[i] = (vector[i] ?? 0) + weight * (axis[i] ?? 0);
    }
    return vector;
  };
}

/** Coordinates of a bell-like shape, so that directions are spread evenly enough. Not of unit length. */
export function randomVector(dimension: number, random: Random): Float32Array {
  return Float32Array.from({ length: dimension }, () => random() + random() + random() - 1.5);
}

function words(count: number, random: Random): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)] ?? "").join(
    " ",
  );
}

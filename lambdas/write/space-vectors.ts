import type { SettledSpace } from "../../shared/contracts/space.ts";
import { digestFor } from "../../shared/contracts/space.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";

/** What a document has for one space; vectors are unit. */
export interface SpaceInputs {
  /** One a passage; a document with a title alone has one. */
  readonly texts: readonly Float32Array[];
  readonly picture: Float32Array | null;
  /** Brought by the caller: it stands for the first passage. */
  readonly given: Float32Array | null;
}

/**
 * A document's vectors in a space, one a row, null where a row has none. Rows are passages; in a joint space the picture has a row
 * of its own behind them, or all is averaged into the first.
 */
export function rowVectors(space: SettledSpace, inputs: SpaceInputs): (Float32Array | null)[] {
  const { given } = inputs;
  const texts = digestFor(space, "text") === null ? [] : inputs.texts;
  const picture = digestFor(space, "image") === null ? null : inputs.picture;
  const passages = given === null ? [...texts] : [given, ...texts.slice(1)];
  if (space.combine === "average") return [given ?? average(texts, picture)];
  if (picture === null) return passages;
  // A picture that has the space to itself belongs to the first passage, unless that one's vector was brought.
  const joint = digestFor(space, "text") !== null;
  return joint || given === null ? [...passages, picture] : passages;
}

/** The mean of the texts' mean and the picture's vector, so that many passages do not outweigh one picture. */
function average(
  texts: readonly Float32Array[],
  picture: Float32Array | null,
): Float32Array | null {
  const text = mean(texts);
  if (text === null || picture === null) return text ?? picture;
  return mean([text, picture]) ?? picture;
}

/** At unit length; null of none, and of vectors that cancel each other out. */
function mean(vectors: readonly Float32Array[]): Float32Array | null {
  const [first] = vectors;
  if (first === undefined) return null;
  const sum = new Float32Array(first.length);
  for (const vector of vectors)
    for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + value;
  return toUnitVector(sum);
}

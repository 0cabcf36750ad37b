import type { CreateCollectionInput } from "../../shared/client/request-types.ts";
import { seededRandom } from "../../shared/std/random.ts";

/** A collection whose vectors the test brings, so that no model takes part. */
export function vectorCollection(name: string): CreateCollectionInput {
  return { name, spaces: { v: { model: "none", dimension: 8 } }, fields: { n: "number" } };
}

/** The same vector for the same number. */
export function vectorOf(n: number): number[] {
  const random = seededRandom(n + 1);
  return Array.from({ length: 8 }, () => random() * 2 - 1);
}

import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { dotProduct, toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";

/** Directions of vectors and queries: few, so that scores are often equal. */
export const DIRECTIONS = 12;

export function unitOf(direction: number): Float32Array {
  const radians = (2 * Math.PI * direction) / DIRECTIONS;
  const vector = Float32Array.from([Math.cos(radians), Math.sin(radians)]);
  return required(toUnitVector(vector), "it has a length");
}

/** Ids of the k nearest after all of these entries, whose texts are directions. */
export function exactSearch(entries: readonly LogEntry[], direction: number, k: number): string[] {
  const vectors = new Map<string, Float32Array>();
  for (const entry of entries) {
    if (entry.kind === "delete") vectors.delete(entry.id);
    if (entry.kind === "put") vectors.set(entry.id, unitOf(Number(entry.text)));
  }
  return [...vectors]
    .map(([id, of]) => ({ id, passage: 0, similarity: dotProduct(unitOf(direction), of) }))
    .sort(bestFirst)
    .slice(0, k)
    .map(({ id }) => id);
}

import { assert, required } from "../std/assert.ts";
import { compareCodePoints } from "./candidate-order.ts";
import type { FilterFields } from "./filter.ts";
import { createRing, shardOf, type Ring } from "./ring.ts";

/**
 * What decides which shard a document lies on: its id; the text of one of its fields, so that what shares a tag lies together;
 * or the range that a field's value falls in, bounds ascending, each the first value of the next shard.
 */
export type ShardKey =
  | { readonly by: "id" }
  | { readonly by: "tag"; readonly field: string }
  | {
      readonly by: "range";
      readonly field: string;
      /** All numbers (dates: ms since 1970) or all texts; one fewer than there are shards. */
      readonly bounds: readonly (number | string)[];
    };

/** How many shards a collection has, and which documents lie on which. */
export interface ShardMap {
  /** Rises with each map that a collection gets, from 1. */
  readonly version: number;
  readonly shards: number;
  readonly key: ShardKey;
}

/** A shard map made ready: a ring takes a moment to draw. */
export interface Placement {
  readonly map: ShardMap;
  /** Of ids or tags; a range needs none, but for documents without a value. */
  readonly ring: Ring;
}

/** Where documents without a tag lie on the ring: not where any tag does, whose names there begin otherwise. */
const WITHOUT_TAG = "without";

export function createPlacement(map: ShardMap): Placement {
  const { key, shards } = map;
  assert(key.by !== "range" || key.bounds.length === shards - 1, "a bound between two shards");
  return { map, ring: createRing(shards) };
}

/** Numbers of all shards. */
export function allShards({ shards }: Pick<ShardMap, "shards">): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}

/** The shard of a document, by its id and its declared fields. */
export function shardOfDocument(
  { map: { key }, ring }: Placement,
  id: string,
  fields: FilterFields,
): number {
  if (key.by === "id") return shardOf(ring, id);
  const value = fields[key.field] ?? null;
  if (key.by === "tag") return shardOfTag(ring, typeof value === "string" ? value : null);
  return typeof value === "string" || typeof value === "number"
    ? shardOfRange(key.bounds, value)
    : 0;
}

/** The shards that may hold a document of which only the id is known. */
export function shardsOfId({ map, ring }: Placement, id: string): number[] {
  return map.key.by === "id" ? [shardOf(ring, id)] : allShards(map);
}

/** @param tag null: the document has none */
export function shardOfTag(ring: Ring, tag: string | null): number {
  return shardOf(ring, tag === null ? WITHOUT_TAG : `tag/${tag}`);
}

/** The first shard whose upper bound is above the value. A value of another type than the bounds can't be stored in the field. */
export function shardOfRange(bounds: readonly (number | string)[], value: number | string): number {
  return countBefore(bounds, (bound) => compareValues(bound, value) <= 0);
}

/** The last shard that can hold values below this one: the bound that a shard begins with is not below itself. */
export function shardBelow(bounds: readonly (number | string)[], value: number | string): number {
  return countBefore(bounds, (bound) => compareValues(bound, value) < 0);
}

/** How many of the bounds, which ascend, are before the place that is looked for. */
function countBefore<T>(bounds: readonly T[], isBefore: (bound: T) => boolean): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(required(bounds[middle], "within the bounds"))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Numbers by size, texts by code points. */
export function compareValues(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return compareCodePoints(String(a), String(b));
}

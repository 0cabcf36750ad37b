import { pushNotDown, type Filter, type NotFreeFilter } from "./filter.ts";
import { allShards, shardBelow, shardOfRange, shardOfTag, type Placement } from "./shard-map.ts";

/** Which shards a filter leaves to be asked, ascending, and why. */
export interface ShardPlan {
  readonly asked: readonly number[];
  readonly because: string;
}

/**
 * The shards that may hold a document of which the filter is true: perhaps more than do, never fewer. May be empty: then no
 * document can match.
 */
export function planShards(placement: Placement, filter: Filter | null): ShardPlan {
  const { map } = placement;
  const { key } = map;
  if (key.by === "id")
    return { asked: allShards(map), because: "documents are spread over the shards by their ids" };
  const asked =
    filter === null ? allShards(map) : shardsFor(placement, key.field, pushNotDown(filter));
  const spread = `documents are spread over the shards by their ${key.field}`;
  if (asked.length === 0) return { asked, because: `${spread}, and none can hold a match` };
  const left = asked.length === map.shards ? "any may hold a match" : "the others hold no match";
  return { asked, because: `${spread}: ${left}` };
}

function shardsFor(placement: Placement, field: string, filter: NotFreeFilter): number[] {
  const all = allShards(placement.map);
  switch (filter.op) {
    case "and":
      return filter.filters.reduce<number[]>((left, part) => {
        const of = new Set(shardsFor(placement, field, part));
        return left.filter((shard) => of.has(shard));
      }, all);
    case "or": {
      const any = new Set(filter.filters.flatMap((part) => shardsFor(placement, field, part)));
      return all.filter((shard) => any.has(shard));
    }
    case "eq":
      return filter.field === field ? holding(placement, [filter.value]) : all;
    case "in":
      return filter.field === field ? holding(placement, filter.values) : all;
    case "missing":
      return filter.field === field ? [withoutValue(placement)] : all;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return filter.field === field ? beyond(placement, filter.op, filter.value) : all;
    default:
      return all; // The rest may be true of documents anywhere.
  }
}

function holding(
  { map: { key, shards }, ring }: Placement,
  values: readonly (string | number | boolean)[],
): number[] {
  const shardOf = (value: string | number | boolean) => {
    if (key.by === "tag" && typeof value === "string") return shardOfTag(ring, value);
    if (key.by === "range" && typeof value !== "boolean") return shardOfRange(key.bounds, value);
    return [];
  };
  const found = new Set(values.flatMap(shardOf));
  return allShards({ shards }).filter((shard) => found.has(shard));
}

function withoutValue({ map: { key }, ring }: Placement): number {
  return key.by === "tag" ? shardOfTag(ring, null) : 0;
}

function beyond(
  { map }: Placement,
  op: "gt" | "gte" | "lt" | "lte",
  value: string | number | boolean,
): number[] {
  const all = allShards(map);
  if (map.key.by !== "range" || typeof value === "boolean") return all;
  const { bounds } = map.key;
  if (op === "lt") return all.slice(0, shardBelow(bounds, value) + 1);
  const at = shardOfRange(bounds, value);
  return op === "lte" ? all.slice(0, at + 1) : all.slice(at);
}

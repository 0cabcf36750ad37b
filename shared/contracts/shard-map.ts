import { z } from "zod";
import type { FieldType } from "../domain/field-value.ts";
import { LIMITS } from "./limits.ts";
import { SettledSpace } from "./space.ts";

const Shards = z.int().min(1).max(LIMITS.shardsMax);
const Bound = z.union([z.number(), z.string().max(LIMITS.shardBoundCharsMax)]);

/** What decides which shard a document lies on, as a caller names it: dates as text. */
export const ShardKeyRequest = z
  .discriminatedUnion("by", [
    z.strictObject({ by: z.literal("id") }),
    z.strictObject({
      by: z.literal("tag"),
      field: z.string().describe("A field of type string: what has the same text lies together"),
    }),
    z.strictObject({
      by: z.literal("range"),
      field: z.string().describe("A field of type number, date or string"),
      bounds: z
        .array(Bound)
        .min(1)
        .max(LIMITS.shardsMax - 1)
        .describe(
          "Ascending; each is the first value of the next shard. Of a date as in documents, or in ms since 1970",
        ),
    }),
  ])
  .meta({ id: "ShardKey" });
export type ShardKeyRequest = z.output<typeof ShardKeyRequest>;

/** How many shards, and which documents lie on which. */
export const ShardingRequest = {
  shards: Shards.optional().describe("4 where left out; with ranges one more than bounds"),
  shardKey: ShardKeyRequest.default({ by: "id" }),
};

/** POST /v1/collections/{name}/shards */
export const ReshardRequest = z
  .strictObject({
    shards: Shards.optional().describe(
      "As many as now where left out; with ranges one more than bounds",
    ),
    shardKey: ShardKeyRequest.optional().describe("As now where left out"),
  })
  .meta({ id: "ReshardRequest" });
export type ReshardRequest = z.output<typeof ReshardRequest>;

/**
 * A shard map as it was settled: dates as ms since 1970. `version` rises with each map that a collection gets, from 1. What lies on
 * its shards has the spaces of the map: a region gets other spaces by moving to a map that has them.
 */
export const ShardMap = z.strictObject({
  version: z.int().min(1),
  shards: Shards,
  key: z.discriminatedUnion("by", [
    z.strictObject({ by: z.literal("id") }),
    z.strictObject({ by: z.literal("tag"), field: z.string() }),
    z.strictObject({
      by: z.literal("range"),
      field: z.string(),
      bounds: z.array(Bound).readonly(),
    }),
  ]),
  /** Left out, with `schemaVersion`: those that the collection was created with. */
  spaces: z.record(z.string(), SettledSpace).optional(),
  /** Of the entries that are for these shards: `schema` entries of the log part them from those before. */
  schemaVersion: z.int().min(2).optional(),
});
export type ShardMap = z.output<typeof ShardMap>;

/** The spaces that come with the last of a collection's maps and that models fill: vectors are made for them before they are searched. */
export function spacesToFill(maps: readonly ShardMap[]): string[] {
  const [before, last] = maps.slice(-2);
  if (last === undefined) return [];
  const { spaces = {}, schemaVersion } = last;
  if (schemaVersion === before?.schemaVersion) return [];
  return Object.entries(spaces).flatMap(([name, { model, since }]) =>
    since !== undefined && since === schemaVersion && model !== "none" ? [name] : [],
  );
}

/** A key as callers see it: dates as text, which may be sent back. */
export function shownKey(
  key: ShardMap["key"],
  fields: Readonly<Record<string, FieldType>>,
): ShardMap["key"] {
  if (key.by !== "range" || fields[key.field] !== "date") return key;
  const bounds = key.bounds.map((bound) =>
    typeof bound === "number" ? new Date(bound).toISOString() : bound,
  );
  return { ...key, bounds };
}

/** How far a region is on its way from one shard map to the next. */
export const Resharding = z
  .strictObject({
    toShards: z.int().min(1),
    phase: z
      .enum(["waiting", "copying", "catching-up", "embedding"])
      .describe(
        "`embedding`: the region has the new shards, and waits for the vectors of the spaces in `unfilled`, which the primary makes",
      ),
    copied: z
      .int()
      .min(0)
      .nullable()
      .describe(
        "Documents that lie on the new shards already, or that have their new vectors; null once all do, or where that is not known",
      ),
  })
  .meta({ id: "Resharding" });
export type Resharding = z.output<typeof Resharding>;

/** What the collection is to have from now on; each region tells how far it is. */
export const ReshardReply = z
  .strictObject({
    collection: z.string(),
    toShards: z.int().min(1),
    shardKey: ShardMap.shape.key,
    requestId: z.string(),
  })
  .meta({ id: "ReshardReply" });
export type ReshardReply = z.output<typeof ReshardReply>;

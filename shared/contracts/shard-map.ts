import { z } from "zod";
import { LIMITS } from "./limits.ts";

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
        .describe("Ascending; each is the first value of the next shard"),
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

/** A shard map as it was settled: dates as ms since 1970. `version` rises with each map that a collection gets, from 1. */
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
});
export type ShardMap = z.output<typeof ShardMap>;

/** How far a region is on its way from one shard map to the next. */
export const Resharding = z
  .strictObject({
    toShards: z.int().min(1),
    phase: z.enum(["waiting", "copying", "catching-up"]),
    copied: z
      .int()
      .min(0)
      .nullable()
      .describe("Documents that lie on the new shards already; null once all do"),
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

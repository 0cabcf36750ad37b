import { z } from "zod";

/** One branch's part in a hit's score. */
export const ContributionExplanation = z.strictObject({
  branch: z.string(),
  parts: z.array(z.int().min(0)).describe("The query parts that made the branch"),
  rank: z.int().min(1).describe("Over all shards, from 1"),
  score: z.number().describe("As the branch measures: cosine similarity, or BM25 for words"),
  normalised: z.number().describe("What the weight multiplies"),
  weight: z
    .number()
    .describe(
      "The part's weight times the space's, or the words'; half of that where a text is compared with pictures or a picture with " +
        "texts, since a query finds things of its own kind more surely. Below 0 for a negative part",
    ),
  share: z.number().describe("weight times normalised"),
});
export type ContributionExplanation = z.output<typeof ContributionExplanation>;

/** What reranking made of a hit: score = weight * normalised + (1 - weight) * before. */
export const RerankExplanation = z.strictObject({
  rankBefore: z.int().min(1),
  score: z.number().nullable().describe("The reranker's; null for a hit without a text"),
  normalised: z
    .number()
    .nullable()
    .describe("Among the reranked: 0 for the lowest, 1 for the best"),
  before: z.number().describe("The fused score, likewise normalised"),
  weight: z.number(),
});
export type RerankExplanation = z.output<typeof RerankExplanation>;

/** How a hit's score came about: it is the sum of the shares, in their order; if it was reranked, that is the score before. */
export const HitExplanation = z
  .strictObject({
    shard: z.int().min(0),
    passage: z.int().min(0),
    contributions: z.array(ContributionExplanation),
    rerank: RerankExplanation.optional(),
  })
  .meta({ id: "HitExplanation" });
export type HitExplanation = z.output<typeof HitExplanation>;

/** One leg: how a shard was asked for one branch. */
export const LegExplanation = z.strictObject({
  shard: z.int().min(0),
  branch: z.string(),
  kind: z
    .enum(["scan", "graph", "words"])
    .describe("A scan is exact, a graph approximate; words are found by full-text search"),
  because: z.string(),
  candidates: z.int().min(0),
  tookMs: z.number(),
});
export type LegExplanation = z.output<typeof LegExplanation>;

/** What was done for an answer, and why. */
export const PlanExplanation = z
  .strictObject({
    shards: z.strictObject({
      of: z.int().min(1),
      asked: z.array(z.int().min(0)),
      because: z.string(),
    }),
    depth: z.int().min(1).describe("Passages taken of each ranking"),
    rounds: z.int().min(1).describe("Times that the shards were asked, each deeper"),
    fuse: z.string(),
    legs: z.array(LegExplanation).describe("Of the last round"),
    indexes: z
      .record(z.string(), z.string())
      .optional()
      .describe("Of each space that was searched: how it is indexed, and why"),
    stages: z.record(z.string(), z.number()).describe("Milliseconds by stage"),
  })
  .meta({ id: "PlanExplanation" });
export type PlanExplanation = z.output<typeof PlanExplanation>;

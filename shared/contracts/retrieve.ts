import { z } from "zod";
import { CollectionName } from "./collection.ts";
import { Media, Metadata } from "./document.ts";
import { HitExplanation, PlanExplanation } from "./explain.ts";
import { LIMITS } from "./limits.ts";
import { CoveragePolicy, QueryPart, ranking } from "./query.ts";

export const Consistency = z.enum(["eventual", "bounded", "session", "strong"]).meta({
  id: "Consistency",
  description:
    "`session`: at least what the header `nearfield-position` names; without one, as the first read of a session, it is " +
    "`eventual`. The header counts beside the other levels too.",
});
export type Consistency = z.output<typeof Consistency>;

/** What every read may ask of freshness and time. */
const freshness = {
  consistency: Consistency.default("bounded"),
  maxStalenessMs: z.int().min(0).max(LIMITS.maxStalenessMsMax).default(5_000),
  deadlineMs: z.int().min(LIMITS.deadlineMsMin).max(LIMITS.deadlineMsMax).default(5_000),
};

const retrieval = {
  collection: CollectionName,
  query: QueryPart.optional(),
  queries: z.array(QueryPart).min(1).max(LIMITS.queryPartsMax).optional(),
  ...ranking,
  coverage: CoveragePolicy.default("any"),
  ...freshness,
};

export const RetrieveRequest = z
  .strictObject(retrieval)
  .superRefine(fits)
  .meta({ id: "RetrieveRequest" });
export type RetrieveRequest = z.output<typeof RetrieveRequest>;

export const RagRequest = z
  .strictObject({
    ...retrieval,
    k: z.int().min(1).max(50).default(8),
    stream: z.boolean().default(true),
  })
  .superRefine(fits)
  .meta({ id: "RagRequest" });
export type RagRequest = z.output<typeof RagRequest>;

/** What no single member can tell. */
function fits(
  { query, queries, offset, k, rerank }: z.output<z.ZodObject<typeof retrieval>>,
  context: z.RefinementCtx,
): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  if ((query === undefined) === (queries === undefined))
    refuse([], "exactly one of query and queries is needed");
  if (offset + k > LIMITS.offsetPlusKMax)
    refuse(["offset"], `offset and k together are at most ${LIMITS.offsetPlusKMax}`);
  if (rerank !== undefined && offset + k > rerank.depth)
    refuse(["rerank", "depth"], "offset and k together reach past the hits that are reranked");
  const parts = queries ?? (query === undefined ? [] : [query]);
  for (const [index, { weight, negative, similarityMin }] of parts.entries()) {
    const at = queries === undefined ? ["query"] : ["queries", index];
    if (weight === 0 && similarityMin === undefined)
      refuse([...at, "weight"], "a part of weight 0 needs similarityMin: else it does nothing");
    if (negative && (weight === 0 || similarityMin !== undefined))
      refuse([...at, "negative"], "a negative part has a weight and no similarityMin");
  }
  if (rerank !== undefined && !parts.some((part) => "text" in part && !part.negative))
    refuse(["rerank"], "a text part that is not negative is needed: texts are read beside it");
  if (parts.length > 0 && !parts.some(({ weight, negative }) => weight > 0 && !negative))
    refuse(
      queries === undefined ? ["query"] : ["queries"],
      "a part that finds is needed: one with a weight above 0, and without negative",
    );
}

export const HitPassage = z.strictObject({
  index: z.int().min(0),
  text: z.string(),
  span: z
    .strictObject({ start: z.int(), end: z.int() })
    .describe("Offsets into the document's text, in UTF-16 units"),
});

export const Hit = z
  .strictObject({
    id: z.string(),
    score: z.number(),
    title: z.string().optional(),
    passage: HitPassage.optional().describe("The passage that matched best"),
    metadata: Metadata.optional(),
    media: Media.optional(),
    matchedBy: z
      .array(z.string())
      .describe("Branches that found it, strongest first, e.g. text, image"),
    folded: z
      .array(z.string())
      .optional()
      .describe("Ids of near duplicates that `diversity` folded under this hit"),
    explain: HitExplanation.optional(),
  })
  .meta({ id: "Hit" });
export type Hit = z.output<typeof Hit>;

export const Tier = z.enum(["isolate", "edge", "redis", "region"]).meta({ id: "Tier" });
export type Tier = z.output<typeof Tier>;

export const Coverage = z
  .strictObject({
    shards: z.int(),
    answered: z.int(),
    missing: z.array(z.strictObject({ shard: z.int(), reason: z.enum(["late", "failed"]) })),
    unfilled: z
      .array(z.string())
      .optional()
      .describe(
        "Spaces that the query would have searched, had vectors not been made for them still",
      ),
    leftOut: z
      .int()
      .optional()
      .describe("Shards that `probe` did not ask: they may hold better hits"),
  })
  .meta({ id: "Coverage" });
export type Coverage = z.output<typeof Coverage>;

/** What became of the reranking that was asked for. */
export const RerankReport = z
  .strictObject({
    applied: z.boolean(),
    skipped: z
      .enum(["late", "failed"])
      .optional()
      .describe("Why the hits are in the order that they had before"),
    model: z.string().optional(),
    depth: z.int().optional().describe("Hits that were read again"),
  })
  .meta({ id: "RerankReport" });
export type RerankReport = z.output<typeof RerankReport>;

/** What `exact` adds: how the answer through the index would have compared. */
export const ExactReport = z
  .strictObject({
    recall: z
      .number()
      .nullable()
      .describe(
        "Share of these hits, before any reranking, that the search through the index has too; null where one of both was not whole",
      ),
    compared: z.int(),
  })
  .meta({ id: "ExactReport" });
export type ExactReport = z.output<typeof ExactReport>;

export const RetrieveReply = z
  .strictObject({
    hits: z.array(Hit),
    region: z.string().describe("The region that computed the answer"),
    location: z.string().describe("The edge location that gave it"),
    tier: Tier,
    servedPosition: z.int().min(0),
    stalenessMs: z
      .int()
      .min(0)
      .nullable()
      .describe(
        "The answer reflects every write acknowledged this long before the request came, and earlier; null is unknown",
      ),
    coverage: Coverage,
    rerank: RerankReport.optional(),
    exact: ExactReport.optional(),
    explain: PlanExplanation.optional(),
    requestId: z.string(),
    timings: z
      .record(z.string(), z.number())
      .optional()
      .describe("Milliseconds by stage, of the computation"),
  })
  .meta({ id: "RetrieveReply" });
export type RetrieveReply = z.output<typeof RetrieveReply>;

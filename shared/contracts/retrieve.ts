import { z } from "zod";
import { CollectionName } from "./collection.ts";
import { DocumentId, InlinePicture, Media, Metadata, WireVector } from "./document.ts";
import { WireFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";

const weight = z
  .number()
  .gt(0)
  .max(100)
  .default(1)
  .describe("Weight of this part's rankings in fusion");
const space = z
  .string()
  .max(32)
  .optional()
  .describe("Search only this space; else all that the part can be embedded for");

/** What a query is made of: exactly one of text, image, vector, like. */
export const QueryPart = z
  .union([
    z.strictObject({ text: z.string().trim().min(1).max(LIMITS.queryTextCharsMax), space, weight }),
    z.strictObject({ image: InlinePicture, space, weight }),
    z.strictObject({ vector: WireVector, space: z.string().max(32), weight }),
    z.strictObject({ like: DocumentId, space, weight }),
  ])
  .meta({ id: "QueryPart" });
export type QueryPart = z.output<typeof QueryPart>;

export const Consistency = z
  .enum(["eventual", "bounded", "session", "strong"])
  .meta({ id: "Consistency" });
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
  k: z.int().min(1).max(LIMITS.kMax).default(10),
  filter: WireFilter.optional(),
  ...freshness,
};

export const RetrieveRequest = z
  .strictObject(retrieval)
  .refine(
    (r) => (r.query === undefined) !== (r.queries === undefined),
    "exactly one of query and queries is needed",
  )
  .meta({ id: "RetrieveRequest" });
export type RetrieveRequest = z.output<typeof RetrieveRequest>;

export const RagRequest = z
  .strictObject({
    ...retrieval,
    k: z.int().min(1).max(50).default(8),
    stream: z.boolean().default(true),
  })
  .refine(
    (r) => (r.query === undefined) !== (r.queries === undefined),
    "exactly one of query and queries is needed",
  )
  .meta({ id: "RagRequest" });
export type RagRequest = z.output<typeof RagRequest>;

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
  })
  .meta({ id: "Coverage" });
export type Coverage = z.output<typeof Coverage>;

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
        "The answer reflects every write acknowledged longer ago than this; null is unknown",
      ),
    coverage: Coverage,
    requestId: z.string(),
    timings: z
      .record(z.string(), z.number())
      .optional()
      .describe("Milliseconds by stage, of the computation"),
  })
  .meta({ id: "RetrieveReply" });
export type RetrieveReply = z.output<typeof RetrieveReply>;

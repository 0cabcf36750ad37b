import { z } from "zod";
import { DocumentId, InlinePicture, WireVector } from "./document.ts";
import { WireFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";

const part = {
  weight: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe(
      "Weight of this part's rankings in fusion; 0 ranks nothing: then similarityMin is needed",
    ),
  negative: z
    .boolean()
    .default(false)
    .describe("Push down what is like this part; it finds nothing by itself"),
  similarityMin: z
    .number()
    .min(-1)
    .max(1)
    .optional()
    .describe(
      "Keep only documents with at least this cosine similarity to the part, in its one space",
    ),
};
const space = z
  .string()
  .max(32)
  .optional()
  .describe("Search only this space; else all that the part can be embedded for");

/** What a query is made of: exactly one of text, image, vector, like. */
export const QueryPart = z
  .union(
    [
      z.strictObject({
        text: z.string().trim().min(1).max(LIMITS.queryTextCharsMax),
        space,
        ...part,
      }),
      z.strictObject({ image: InlinePicture, space, ...part }),
      z.strictObject({ vector: WireVector, space: z.string().max(32), ...part }),
      z.strictObject({ like: DocumentId, space, ...part }),
    ],
    'an object such as {"text": "a cat"}: with text, image, vector and space, or like',
  )
  .meta({ id: "QueryPart" });
export type QueryPart = z.output<typeof QueryPart>;

export const Fuse = z.enum(["ranks", "scores", "vectors"]).meta({
  id: "Fuse",
  description:
    "How the rankings of several parts and spaces become one. `ranks`: Reciprocal Rank Fusion. `scores`: weighted scores, " +
    "each branch's normalised to its lowest possible and its best. `vectors`: the parts are added up to one query vector a space.",
});
export type Fuse = z.output<typeof Fuse>;

/** What decides which hits come out and in which order, beside the parts, the filter and the collection's state. */
export const ranking = {
  k: z.int().min(1).max(LIMITS.kMax).default(10),
  offset: z
    .int()
    .min(0)
    .max(LIMITS.offsetPlusKMax)
    .default(0)
    .describe(
      "Hits to leave out at the front: at one position pages with the same k and depth fit together",
    ),
  depth: z
    .int()
    .min(1)
    .max(LIMITS.offsetPlusKMax)
    .optional()
    .describe(
      "Passages of each ranking that take part, and so how far paging goes. Left out: 100, or 4 times k where that is more (of a " +
        "ranking alone twice k), and pages that reach past that are ranked deeper, up to " +
        `${LIMITS.offsetPlusKMax} passages`,
    ),
  filter: WireFilter.optional(),
  fuse: Fuse.default("ranks"),
  groupBy: z
    .enum(["document", "passage"])
    .default("document")
    .describe("`document`: each once, by its best passage; `passage`: every passage is a hit"),
  minScore: z
    .number()
    .optional()
    .describe("Leave out hits of a lower score, as it is shown: after any reranking"),
  diversity: z
    .strictObject({
      foldAbove: z
        .number()
        .gt(0)
        .max(1)
        .describe("A hit at least this similar to a better one (cosine) is folded under it"),
    })
    .optional(),
  rerank: z
    .strictObject({
      depth: z
        .int()
        .min(1)
        .max(LIMITS.rerankDepthMax)
        .default(20)
        .describe(
          "So many of the best hits are read again and reordered; offset and k stay within",
        ),
      budgetMs: z
        .int()
        .min(10)
        .max(LIMITS.deadlineMsMax)
        .default(1_500)
        .describe("If it takes longer, the hits stay as they were, and the answer says so"),
      weight: z
        .number()
        .gt(0)
        .max(1)
        .default(0.7)
        .describe("Share of the reranker in the new score; the rest is the score before"),
      model: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, "the name of a model's folder")
        .optional()
        .describe(
          "A cross-encoder that the regions' embedders have loaded; left out: late interaction over the text model's token vectors",
        ),
    })
    .optional()
    .describe("Read the best hits again beside the question"),
  probe: z
    .int()
    .min(1)
    .max(LIMITS.shardsMax)
    .optional()
    .describe(
      "Ask only so many shards a vector, those whose centroids are nearest: for shards that tags or ranges keep apart. Where words " +
        "are searched, which have no centroid, all are asked. Approximate; " +
        "`explain` tells which were left out, `exact` the recall",
    ),
  exact: z
    .boolean()
    .default(false)
    .describe(
      "Search without any index, and report the recall that the index alone would have had",
    ),
  explain: z.boolean().default(false).describe("Show how each score came about, and the plan"),
};

export const CoveragePolicy = z
  .union(
    [z.enum(["any", "all"]), z.strictObject({ atLeast: z.number().gt(0).max(1) })],
    '"any", "all" or {"atLeast": 0.9}',
  )
  .meta({
    id: "CoveragePolicy",
    description:
      "Which share of the shards must answer: `any` (the default), `all`, or at least a share. Less is `coverage-unavailable`.",
  });
export type CoveragePolicy = z.output<typeof CoveragePolicy>;

/** The query as it is keyed, cached and sent to a region. */
export const RegionQuery = z.strictObject({
  ...ranking,
  queries: z.array(QueryPart).min(1).max(LIMITS.queryPartsMax),
});
export type RegionQuery = z.output<typeof RegionQuery>;

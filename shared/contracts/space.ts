import { z } from "zod";
import { Modality, ModelDigest } from "./embedder.ts";
import { LIMITS } from "./limits.ts";
import { IndexBudget, SpaceIndex, WantedIndex } from "./space-index.ts";

/** Where a text part names this as its space, its words are searched (BM25). */
export const LEXICAL = "lexical";
export const SpaceName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, "a lower-case letter, then letters, digits and _; at most 32")
  .refine((name) => name !== LEXICAL, `${LEXICAL} names the full-text search`);

const Combine = z
  .enum(["each", "average"], {
    error: ({ input }) =>
      input === "concatenate"
        ? "concatenated vectors can't be searched by one kind alone: keep two spaces, and fuse their rankings"
        : "each or average",
  })
  .describe(
    "Of a joint space: every passage and the picture have a vector of their own (`each`, the default), or a document has one, the mean of its texts' mean and its picture's (`average`)",
  );

/**
 * A named vector space. `model` is the embedder's model that fills it (`text`, `image`), or `none` where
 * the user brings the vectors; `digest` pins the model's weights, so that vectors of two models never meet.
 */
export const Space = z.strictObject({
  model: z.enum(["text", "image", "none"]),
  dimension: z
    .int()
    .min(1)
    .max(LIMITS.dimensionMax)
    .optional()
    .describe("Needed where model is none; else the model's"),
  metric: z.literal("cosine").default("cosine"),
  weight: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe("Weight of this space's ranking in fusion"),
  modalities: z
    .array(Modality)
    .min(1)
    .max(2)
    .refine((list) => new Set(list).size === list.length, "each once")
    .optional()
    .describe(
      "What is embedded into the space; left out: what its model is for. With text and image a space of model `image` is a joint one: texts enter it by the model's text tower",
    ),
  combine: Combine.optional(),
  index: WantedIndex.optional(),
  budget: IndexBudget.optional(),
});
export type Space = z.output<typeof Space>;

/** A space as it was settled, at creation or since. */
export const SettledSpace = z.strictObject({
  model: z.enum(["text", "image", "none"]),
  digest: z
    .string()
    .nullable()
    .describe("Digest of the model's weights; null where the user brings the vectors"),
  dimension: z.int().min(1),
  metric: z.literal("cosine"),
  weight: z.number(),
  /** Left out: what the model is for. */
  modalities: z.array(Modality).optional(),
  /** Of a joint space: digest of the text tower that texts enter it by. */
  textDigest: ModelDigest.optional(),
  combine: Combine.optional(),
  /** Left out: `auto`. */
  index: SpaceIndex.optional(),
  since: z
    .int()
    .min(2)
    .optional()
    .describe(
      "Schema version from which on its vectors count: those of before were another space's. Left out: from the collection's beginning",
    ),
});
export type SettledSpace = z.output<typeof SettledSpace>;

/** The digest of the model by which things of a modality enter a space; null where none do. */
export function digestFor(space: SettledSpace, modality: Modality): string | null {
  const { model, digest, modalities, textDigest } = space;
  if (model === "none" || !(modalities ?? [model]).includes(modality)) return null;
  return model === modality ? digest : (textDigest ?? null);
}

/** POST /v1/collections/{name}/spaces */
export const ChangeSpacesRequest = z
  .strictObject({
    spaces: z
      .record(SpaceName, Space)
      .default({})
      .describe(
        "A new name adds a space. A known one changes it: another index or weight keeps its vectors, anything else has them made anew",
      ),
    rebuild: z
      .array(SpaceName)
      .max(LIMITS.spacesMax)
      .default([])
      .describe("Spaces as they are, whose vectors are made anew with the models of today"),
  })
  .refine(
    ({ spaces, rebuild }) => Object.keys(spaces).length + rebuild.length > 0,
    "spaces or rebuild is needed",
  )
  .meta({ id: "ChangeSpacesRequest" });
export type ChangeSpacesRequest = z.output<typeof ChangeSpacesRequest>;

/** What the collection is to have from now on; each region tells how far it is. */
export const ChangeSpacesReply = z
  .strictObject({
    collection: z.string(),
    spaces: z.record(z.string(), SettledSpace),
    fills: z
      .array(z.string())
      .describe("Spaces for which vectors are made before they are searched"),
    requestId: z.string(),
  })
  .meta({ id: "ChangeSpacesReply" });
export type ChangeSpacesReply = z.output<typeof ChangeSpacesReply>;

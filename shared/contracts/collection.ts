import { z } from "zod";
import { FIELD_TYPES, fieldPath, STRINGS_MAX } from "../domain/field-value.ts";
import { Modality, ModelDigest } from "./embedder.ts";
import { LIMITS } from "./limits.ts";
import { Resharding, ShardingRequest, ShardMap } from "./shard-map.ts";
import { IndexBudget, SpaceIndex, WantedIndex } from "./space-index.ts";

export const CollectionName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-_]{0,63}$/, "lower-case letters, digits, - and _; at most 64")
  .meta({ id: "CollectionName", examples: ["demo"] });

const FieldName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_]{0,63}(\.[A-Za-z][A-Za-z0-9_]{0,63})*$/,
    "a letter, then letters, digits and _, at most 64; dots between the names of a path",
  )
  .refine(
    (name) => fieldPath(name).length <= LIMITS.fieldPathNamesMax,
    `a path has at most ${LIMITS.fieldPathNamesMax} names`,
  );
const FieldTypes = z.enum(FIELD_TYPES);
/** Where a text part names this as its space, its words are searched (BM25). */
export const LEXICAL = "lexical";
const SpaceName = z
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

export const CreateCollectionRequest = z
  .strictObject({
    name: CollectionName,
    spaces: z
      .record(SpaceName, Space)
      .refine(
        (spaces) =>
          Object.keys(spaces).length >= 1 && Object.keys(spaces).length <= LIMITS.spacesMax,
        `1 to ${LIMITS.spacesMax} spaces`,
      )
      .default({
        text: { model: "text", metric: "cosine", weight: 1 },
        image: { model: "image", metric: "cosine", weight: 1 },
      }),
    fields: z
      .record(FieldName, FieldTypes)
      .refine(
        (fields) => Object.keys(fields).length <= LIMITS.fieldsMax,
        `at most ${LIMITS.fieldsMax} fields`,
      )
      .default({})
      .describe(
        "Metadata fields that filters may use, with their types. `a.b.c` names the field c of the object b of the object a. " +
          "A date is ISO 8601 with its zone, or a date alone (midnight in UTC), compared as a time; " +
          `strings is a list of at most ${STRINGS_MAX} strings.`,
      ),
    lexical: z
      .strictObject({
        weight: z
          .number()
          .min(0)
          .max(100)
          .default(0)
          .describe(
            "Weight of the words' ranking in every text query; 0: only in parts of space `lexical`",
          ),
      })
      .optional()
      .describe("Keep a full-text index beside the vectors (BM25)"),
    ...ShardingRequest,
  })
  .meta({ id: "CreateCollectionRequest" });
export type CreateCollectionRequest = z.output<typeof CreateCollectionRequest>;

/** A space as it was settled at creation. */
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
});
export type SettledSpace = z.output<typeof SettledSpace>;

/** The digest of the model by which things of a modality enter a space; null where none do. */
export function digestFor(space: SettledSpace, modality: Modality): string | null {
  const { model, digest, modalities, textDigest } = space;
  if (model === "none" || !(modalities ?? [model]).includes(modality)) return null;
  return model === modality ? digest : (textDigest ?? null);
}

const CurrentRecord = z.strictObject({
  tenant: z.string(),
  name: z.string(),
  /** 12 characters of [a-z0-9]: a collection of the same name made later is another incarnation. */
  incarnation: z.string().regex(/^[a-z0-9]{12}$/),
  primary: z.string(),
  term: z.int().min(1),
  schemaVersion: z.int().min(1),
  spaces: z.record(z.string(), SettledSpace),
  fields: z.record(z.string(), FieldTypes),
  /** Null where there is no full-text search. */
  lexical: z.strictObject({ weight: z.number() }).nullable().default(null),
  /** The last is what the collection is to have; a region may still be at one before. */
  shardMaps: z.array(ShardMap).min(1).max(LIMITS.shardMapsMax),
});

/** A collection as the log's registry holds it. Before shards could be changed, a record named their number alone. */
export const CollectionRecord = z.preprocess((value) => {
  if (typeof value !== "object" || value === null || !("shards" in value)) return value;
  const { shards, ...rest } = value;
  return { ...rest, shardMaps: [{ version: 1, shards, key: { by: "id" } }] };
}, CurrentRecord);
export type CollectionRecord = z.output<typeof CurrentRecord>;

/** A collection as callers see it. */
export const CollectionView = CurrentRecord.omit({ tenant: true, shardMaps: true })
  .extend({
    shards: z.int().min(1).describe("In the answering region, as the rest"),
    shardKey: ShardMap.shape.key,
    resharding: Resharding.nullable().describe(
      "Null where the region has the shards that the collection is to have",
    ),
    documents: z
      .int()
      .min(0)
      .nullable()
      .describe("Live documents in the answering region; null where not counted"),
    position: z.int().min(0).nullable(),
    stalenessMs: z.int().min(0).nullable(),
    region: z.string(),
  })
  .meta({ id: "Collection" });
export type CollectionView = z.output<typeof CollectionView>;

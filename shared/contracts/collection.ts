import { z } from "zod";
import { FIELD_TYPES, fieldPath, STRINGS_MAX } from "../domain/field-value.ts";
import { required } from "../std/assert.ts";
import { LIMITS } from "./limits.ts";
import { Reconciled } from "./reconciled.ts";
import { ReplicaLag } from "./replica-lag.ts";
import { Resharding, ShardingRequest, ShardMap } from "./shard-map.ts";
import { SettledSpace, Space, SpaceName } from "./space.ts";

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
      .superRefine(holdNoFields)
      .default({})
      .describe(
        "Metadata fields that filters may use, with their types. `a.b.c` names the field c of the object b of the object a. " +
          "A date is ISO 8601 with its zone, or a date alone (midnight in UTC), compared as a time; " +
          `strings is a list of at most ${STRINGS_MAX} strings.`,
      ),
    lexical: z
      .strictObject(
        {
          weight: z
            .number()
            .min(0)
            .max(100)
            .default(0)
            .describe(
              "Weight of the words' ranking in every text query; 0: only in parts of space `lexical`",
            ),
        },
        { error: ({ code }) => (code === "invalid_type" ? "an object: write {}" : undefined) },
      )
      .optional()
      .describe("Keep a full-text index beside the vectors (BM25)"),
    ...ShardingRequest,
  })
  .meta({ id: "CreateCollectionRequest" });
export type CreateCollectionRequest = z.output<typeof CreateCollectionRequest>;

/** A field holds a value: it can't hold other fields too. */
function holdNoFields(fields: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const name of Object.keys(fields)) {
    const path = fieldPath(name);
    const outer = path
      .map((_, length) => path.slice(0, length).join("."))
      .find((above) => Object.hasOwn(fields, above));
    if (outer === undefined) continue;
    const message = `${outer} is a field itself, of type ${fields[outer]}: it can't hold ${name}`;
    context.addIssue({ code: "custom", path: [name], message });
  }
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

/** A collection as it lies on the shards of one of its maps, whose spaces and schema version it has. */
export const LaidOutCollection = CurrentRecord.omit({ shardMaps: true });
export type LaidOutCollection = z.output<typeof LaidOutCollection>;

/** The map that a collection is to have, in every region. */
export function wantedMap({ shardMaps }: z.output<typeof CurrentRecord>): ShardMap {
  return required(shardMaps.at(-1), "a record has a map");
}

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
    unfilled: z
      .array(z.string())
      .describe("Spaces that queries leave out for now: vectors are being made for them"),
    documents: z
      .int()
      .min(0)
      .nullable()
      .describe("Live documents in the answering region; null where not counted"),
    position: z.int().min(0).nullable(),
    stalenessMs: z.int().min(0).nullable(),
    region: z.string(),
    lag: ReplicaLag.nullable().describe(
      "From a write's append until it could be read in the region; null where nothing was applied there in the last day",
    ),
    reconciled: Reconciled.nullable().describe(
      "Whether the region showed what the primary did when they were compared last; null in the primary, and before",
    ),
  })
  .meta({ id: "Collection" });
export type CollectionView = z.output<typeof CollectionView>;

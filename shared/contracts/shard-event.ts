import { z } from "zod";
import type { Filter } from "../domain/filter.ts";
import { FIELD_TYPES } from "../domain/field-value.ts";
import { Checkpoint } from "./checkpoint.ts";
import { SpaceIndex } from "./space-index.ts";

/** A filter's syntax tree, as the search function parsed it: the shard function serves no one else. */
const ParsedFilter = z.custom<Filter>(
  (value) => typeof value === "object" && value !== null && "op" in value,
);

const Layout = z.strictObject({
  key: z.string(),
  shards: z.int().min(1),
  lexical: z.boolean(),
  spaces: z.array(
    z.strictObject({
      name: z.string(),
      dimension: z.int().min(1),
      metric: z.literal("cosine"),
      index: SpaceIndex.optional(),
    }),
  ),
  fields: z.array(z.strictObject({ name: z.string(), type: z.enum(FIELD_TYPES) })),
});

const place = { layout: Layout, checkpoint: Checkpoint, shard: z.int().min(0) };
const page = { k: z.int().min(1), filter: ParsedFilter.nullable() };

/** One leg, asked of a copy of a shard in a process of its own: a call of the store's view. */
export const ShardEvent = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("search"),
    ...place,
    ...page,
    space: z.string(),
    vector: z.string().describe("Base64 of little-endian float32"),
    exact: z.boolean(),
  }),
  z.strictObject({ op: z.literal("match"), ...place, ...page, text: z.string() }),
  z.strictObject({
    op: z.literal("documents"),
    ...place,
    ids: z.array(z.string()),
    vectors: z.boolean(),
  }),
  z.strictObject({
    op: z.literal("scan"),
    ...place,
    after: z.string().nullable(),
    limit: z.int().min(1),
    filter: ParsedFilter.nullable(),
  }),
  z.strictObject({ op: z.literal("count"), ...place, filter: ParsedFilter.nullable() }),
]);
export type ShardEvent = z.output<typeof ShardEvent>;

const Candidate = z.strictObject({
  id: z.string(),
  passage: z.int(),
  position: z.int(),
  similarity: z.number(),
});
const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
const Row = z.strictObject({
  id: z.string(),
  passage: z.int(),
  position: z.int(),
  body: z.string(),
  fields: z.record(z.string(), FieldValue),
  vectors: z.record(z.string(), z.string().nullable()),
});

export const ShardResult = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("searched"),
    candidates: z.array(Candidate),
    method: z.strictObject({ kind: z.enum(["scan", "graph", "words"]), because: z.string() }),
  }),
  z.strictObject({ kind: z.literal("rows"), rows: z.array(Row) }),
  z.strictObject({ kind: z.literal("count"), count: z.int() }),
]);
export type ShardResult = z.output<typeof ShardResult>;

import { DataType, type FieldType } from "@zilliz/milvus2-sdk-node";
import { required } from "../../shared/std/assert.ts";
import type { StoreLayout } from "../ports/store.ts";
import type { MilvusCollection } from "./milvus-collections.ts";
import { plannedIndex } from "./milvus-index.ts";
import type { Nulls } from "./milvus-nulls.ts";
import {
  hasField,
  nullableVectorFields,
  plainFields,
  requiredVectorField,
  vectorField,
} from "./milvus-rows.ts";
import { WORD_FIELDS, WORD_FUNCTIONS, WORD_VECTOR_FIELD } from "./milvus-words.ts";

/**
 * `multi`: one Milvus collection a shard, with a nullable vector field a space. `single`: one a space, of the rows that
 * have a vector in it, and one of all rows; for servers with one vector field a collection, before 2.5 without nulls.
 */
export type VectorFields = "multi" | "single";

/** Where the vectors of a space are searched. */
export interface SpaceTable {
  readonly space: StoreLayout["spaces"][number];
  readonly collection: MilvusCollection;
  readonly field: string;
  /** What is true of the rows that have a vector in the space; null where all have. */
  readonly condition: string | null;
}

/** How one shard lies in Milvus. */
export interface ShardTables {
  readonly mode: VectorFields;
  readonly nulls: Nulls;
  /** All rows, tombstones too. In `single` it is written last: what it does not hold was not applied. */
  readonly rows: MilvusCollection;
  readonly spaces: readonly SpaceTable[];
}

/** Milvus wants a vector in every collection; where it means nothing it is this one. */
export const UNUSED_VECTOR = { name: "unused", values: [1, 0] };
export const UNUSED_FIELD = { name: UNUSED_VECTOR.name, data_type: DataType.FloatVector, dim: 2 };

/** @param name of the shard, with the prefix; words lie with all rows in both modes */
export function shardTables(layout: StoreLayout, mode: VectorFields, name: string): ShardTables {
  return mode === "multi" ? multiTables(layout, name) : singleTables(layout, name);
}

/** The collection whose being there tells that a shard was made in that mode. */
export function rowsName(mode: VectorFields, name: string): string {
  return mode === "multi" ? name : `${name}_rows`;
}

export function spaceTable({ spaces }: ShardTables, space: string): SpaceTable {
  return required(
    spaces.find((table) => table.space.name === space),
    "the layout has the space",
  );
}

export function collectionsOf({ rows, spaces }: ShardTables): MilvusCollection[] {
  return [...new Set([rows, ...spaces.map(({ collection }) => collection)])];
}

function multiTables(layout: StoreLayout, name: string): ShardTables {
  const rows = {
    name: rowsName("multi", name),
    ...withWords(layout, [...plainFields(layout, "nullable"), ...nullableVectorFields(layout)]),
    vectorFields: [
      ...layout.spaces.map((space) => ({
        name: vectorField(space.name),
        index: plannedIndex(space.index),
      })),
      ...wordVectorFields(layout),
    ],
  };
  const spaces = layout.spaces.map((space) => ({
    space,
    collection: rows,
    field: vectorField(space.name),
    condition: `${hasField(space.name)} == true`,
  }));
  return { mode: "multi", nulls: "nullable", rows, spaces };
}

function singleTables(layout: StoreLayout, name: string): ShardTables {
  const fields = plainFields(layout, "marked");
  const rows = {
    name: rowsName("single", name),
    ...withWords(layout, [...fields, UNUSED_FIELD]),
    vectorFields: [{ name: UNUSED_FIELD.name, index: null }, ...wordVectorFields(layout)],
  };
  const spaces = layout.spaces.map((space) => ({
    space,
    collection: {
      name: `${name}_space_${space.name}`,
      fields: [...fields, requiredVectorField(space)],
      vectorFields: [{ name: vectorField(space.name), index: plannedIndex(space.index) }],
    },
    field: vectorField(space.name),
    condition: null,
  }));
  return { mode: "single", nulls: "marked", rows, spaces };
}

/** The fields, and where the layout keeps texts also their words, with what makes vectors of them. */
function withWords({ lexical }: StoreLayout, fields: readonly FieldType[]) {
  return lexical ? { fields: [...fields, ...WORD_FIELDS], functions: WORD_FUNCTIONS } : { fields };
}

function wordVectorFields({ lexical }: StoreLayout): MilvusCollection["vectorFields"] {
  return lexical ? [WORD_VECTOR_FIELD] : [];
}

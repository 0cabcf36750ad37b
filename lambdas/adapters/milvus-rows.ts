import { DataType, type FieldType as MilvusField, type RowData } from "@zilliz/milvus2-sdk-node";
import { STRINGS_MAX, type FieldType } from "../../shared/domain/field-value.ts";
import type { FieldValue } from "../../shared/domain/filter.ts";
import { assert, unreachable } from "../../shared/std/assert.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { StoreLayout, StoredRow, StoreRow } from "../ports/store.ts";
import { fieldColumn } from "./field-column.ts";
import { hasWildcards, withoutWildcards, WILD } from "./milvus-wildcards.ts";
import type { HeldRow, TableRow } from "./rows-to-write.ts";

/** Longest text of a Milvus field, in bytes. */
const TEXT_BYTES_MAX = 65_535;
/** A row's body is spread over this many fields: 320 KB, more than an entry of the log may have. */
const BODY_PARTS = 5;
/** Hex doubles an id's 512 bytes; a point and the passage follow. */
const KEY_BYTES_MAX = 1_034;
const PASSAGE_DIGITS = 9;

export const BODY_FIELDS = Array.from({ length: BODY_PARTS }, (_, part) => `body_${part}`);
export const PLACE_FIELDS = ["id", "passage", "position"];
export const LIVE = "died_ms == 0e+0";

export function vectorField(space: string): string {
  return `v_${space}`;
}

/** Key of a row: keys are ordered as (id, passage) is. */
export function rowKey(id: string, passage: number): string {
  return `${Buffer.from(id, "utf8").toString("hex")}.${String(passage).padStart(PASSAGE_DIGITS, "0")}`;
}

/** Whether the row has a vector in the space: milvus-lite finds nulls while they are in its memory, and gives them back as zeros. */
export function hasField(space: string): string {
  return `has_${space}`;
}

/** The fields of a collection. Positions are doubles: Milvus' integers of 64 bits come back as texts. */
export function collectionFields(layout: StoreLayout): MilvusField[] {
  return [
    { name: "row", data_type: DataType.VarChar, max_length: KEY_BYTES_MAX, is_primary_key: true },
    { name: "id", data_type: DataType.VarChar, max_length: 512 },
    { name: "passage", data_type: DataType.Int32 },
    { name: "position", data_type: DataType.Double },
    { name: "died_ms", data_type: DataType.Double },
    ...BODY_FIELDS.map((name) => ({
      name,
      data_type: DataType.VarChar,
      max_length: TEXT_BYTES_MAX,
    })),
    ...layout.fields.map(({ name, type }) => ({
      name: fieldColumn(name),
      nullable: true,
      ...declaredType(type),
    })),
    { name: WILD, data_type: DataType.JSON },
    ...layout.spaces.map(({ name }) => ({ name: hasField(name), data_type: DataType.Bool })),
    ...layout.spaces.map(({ name, dimension }) => ({
      name: vectorField(name),
      data_type: DataType.FloatVector,
      dim: dimension,
      nullable: true,
    })),
  ];
}

/** A row as Milvus takes it, and about how many bytes it is on the wire. */
export function toMilvusRow(
  layout: StoreLayout,
  row: TableRow,
): { readonly data: RowData; readonly bytes: number } {
  const { id, passage, position, content, diedMs } = row;
  const data: RowData = { row: rowKey(id, passage), id, passage, position, died_ms: diedMs ?? 0 };
  const body = content?.body ?? "";
  for (const [part, text] of bodyParts(body).entries()) data[`body_${part}`] = text;
  let bytes = 2 * KEY_BYTES_MAX + body.length;
  for (const { name } of layout.fields)
    data[fieldColumn(name)] = storedValue(content?.fields[name]);
  data[WILD] = wildTexts(layout, content?.fields ?? {});
  for (const { name, dimension } of layout.spaces) {
    const vector = content?.vectors[name] ?? null;
    assert(
      vector === null || (vector.length === dimension && vector.every(Number.isFinite)),
      `a vector has ${dimension} finite values`,
    );
    data[hasField(name)] = vector !== null;
    data[vectorField(name)] = vector === null ? null : [...vector];
    bytes += 4 * dimension;
  }
  return { data, bytes };
}

/** Names of the fields that `readRow` needs. */
export function rowFields(layout: StoreLayout, include: { readonly vectors: boolean }): string[] {
  const fields = layout.fields.map(({ name }) => fieldColumn(name));
  const vectors = include.vectors
    ? layout.spaces.flatMap(({ name }) => [hasField(name), vectorField(name)])
    : [];
  return [...PLACE_FIELDS, ...BODY_FIELDS, ...fields, ...vectors];
}

export function readPlace(data: Readonly<Record<string, unknown>>): HeldRow {
  return {
    id: String(data["id"]),
    passage: Number(data["passage"]),
    position: Number(data["position"]),
  };
}

/** A body from the fields that it is spread over. */
export function readBody(data: Readonly<Record<string, unknown>>): string {
  return BODY_FIELDS.map((name) => String(data[name])).join("");
}

export function readRow(
  layout: StoreLayout,
  include: { readonly vectors: boolean },
  data: Readonly<Record<string, unknown>>,
): StoredRow {
  const spaces = include.vectors ? layout.spaces : [];
  return {
    ...readPlace(data),
    body: readBody(data),
    fields: Object.fromEntries(
      layout.fields.map(({ name, type }) => [name, readValue(type, data[fieldColumn(name)])]),
    ),
    vectors: Object.fromEntries(
      spaces.map(({ name }) => [
        name,
        data[hasField(name)] === true ? readVector(data[vectorField(name)]) : null,
      ]),
    ),
  };
}

/** Negative zero is stored as zero: Milvus' `in` tells them apart, JavaScript's and ours do not. */
function storedValue(value: FieldValue | null | undefined) {
  if (value === undefined || value === null) return null;
  if (typeof value === "object") return [...value];
  return value === 0 ? 0 : value;
}

/** Texts that have characters with a meaning in patterns, once more without them, by column. */
function wildTexts(layout: StoreLayout, fields: StoreRow["fields"]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { name, type } of layout.fields) {
    const value = fields[name];
    if (type === "string" && typeof value === "string" && hasWildcards(value))
      texts[fieldColumn(name)] = withoutWildcards(value);
  }
  return texts;
}

/** A text cut into pieces that each fit a field, between characters. */
function bodyParts(body: string): string[] {
  const parts: string[] = [];
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(TEXT_BYTES_MAX);
  let rest = body;
  for (let part = 0; part < BODY_PARTS; part++) {
    const { read } = encoder.encodeInto(rest, buffer);
    parts.push(rest.slice(0, read));
    rest = rest.slice(read);
  }
  assert(
    rest === "",
    `a body has at most ${BODY_PARTS * TEXT_BYTES_MAX} bytes, not ${utf8Length(body)}`,
  );
  return parts;
}

function declaredType(type: FieldType) {
  switch (type) {
    case "string":
      return { data_type: DataType.VarChar, max_length: TEXT_BYTES_MAX };
    case "number":
    case "date":
      return { data_type: DataType.Double };
    case "boolean":
      return { data_type: DataType.Bool };
    case "strings":
      return {
        data_type: DataType.Array,
        element_type: DataType.VarChar,
        max_capacity: STRINGS_MAX,
        max_length: TEXT_BYTES_MAX,
      };
    default:
      return unreachable(type);
  }
}

function readValue(type: FieldType, value: unknown): FieldValue | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "string":
      return String(value);
    case "number":
    case "date":
      return Number(value);
    case "boolean":
      return value === true;
    case "strings":
      assert(Array.isArray(value), "a list is a list");
      return value.map(String);
    default:
      return unreachable(type);
  }
}

function readVector(value: unknown): Float32Array {
  assert(Array.isArray(value) || value instanceof Float32Array, "a vector is a list");
  return Float32Array.from(value, Number);
}

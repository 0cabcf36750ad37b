import { DataType, type FieldType as MilvusField, type RowData } from "@zilliz/milvus2-sdk-node";
import { assert } from "../../shared/std/assert.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { StoreLayout, StoredRow, StoreRow } from "../ports/store.ts";
import { fieldColumn } from "./field-column.ts";
import {
  declaredType,
  readValue,
  storedValue,
  TEXT_BYTES_MAX,
  type Nulls,
} from "./milvus-nulls.ts";
import { hasWildcards, withoutWildcards, WILD } from "./milvus-wildcards.ts";
import { storedWords, WORDS_FIELD } from "./milvus-words.ts";
import type { HeldRow, TableRow } from "./rows-to-write.ts";

/** A row's body is spread over this many fields: 320 KB, more than a document's text, title and metadata can have as JSON. */
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

/** The fields that say what a row is. Positions are doubles: Milvus' integers of 64 bits come back as texts. */
export function plainFields(layout: StoreLayout, nulls: Nulls): MilvusField[] {
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
      ...declaredType(nulls, type),
    })),
    ...(nulls === "nullable" ? [{ name: WILD, data_type: DataType.JSON }] : []),
  ];
}

/** A space's vector in a row that may have none, and whether it has one. */
export function nullableVectorFields({ spaces }: StoreLayout): MilvusField[] {
  return [
    ...spaces.map(({ name }) => ({ name: hasField(name), data_type: DataType.Bool })),
    ...spaces.map((space) => ({ ...requiredVectorField(space), nullable: true })),
  ];
}

export function requiredVectorField(space: StoreLayout["spaces"][number]): MilvusField {
  return {
    name: vectorField(space.name),
    data_type: DataType.FloatVector,
    dim: space.dimension,
  };
}

/** A row as Milvus takes it, and about how many bytes it is on the wire. */
export interface MilvusRow {
  readonly key: string;
  readonly data: RowData;
  readonly bytes: number;
}

/** A row without vectors. */
export function plainRow(layout: StoreLayout, nulls: Nulls, row: TableRow): MilvusRow {
  const { id, passage, position, content, diedMs } = row;
  const key = rowKey(id, passage);
  const data: RowData = { row: key, id, passage, position, died_ms: diedMs ?? 0 };
  const body = content?.body ?? "";
  for (const [part, text] of bodyParts(body).entries()) data[`body_${part}`] = text;
  for (const { name, type } of layout.fields)
    data[fieldColumn(name)] = storedValue(nulls, type, content?.fields[name]);
  if (nulls === "nullable") data[WILD] = wildTexts(layout, content?.fields ?? {});
  return { key, data, bytes: 2 * KEY_BYTES_MAX + body.length };
}

/** A row of the collection that holds all rows: where the layout keeps texts, with its words. */
export function withWords(layout: StoreLayout, made: MilvusRow, { content }: TableRow): MilvusRow {
  if (!layout.lexical) return made;
  const words = storedWords(content?.text ?? "");
  const data = { ...made.data, [WORDS_FIELD]: words };
  return { ...made, data, bytes: made.bytes + words.length };
}

/** A row with the vectors of all spaces, null where it has none. */
export function withAllVectors(layout: StoreLayout, made: MilvusRow, row: TableRow): MilvusRow {
  const data = { ...made.data };
  let { bytes } = made;
  for (const space of layout.spaces) {
    const vector = checkedVector(space, row);
    data[hasField(space.name)] = vector !== null;
    data[vectorField(space.name)] = vector;
    bytes += 4 * space.dimension;
  }
  return { ...made, data, bytes };
}

/** A row with the vector of one space; null where it has none. */
export function withVector(
  space: StoreLayout["spaces"][number],
  made: MilvusRow,
  row: TableRow,
): MilvusRow | null {
  const vector = checkedVector(space, row);
  if (vector === null) return null;
  const data = { ...made.data, [vectorField(space.name)]: vector };
  return { ...made, data, bytes: made.bytes + 4 * space.dimension };
}

/** Milvus checks neither. */
function checkedVector(
  { name, dimension }: StoreLayout["spaces"][number],
  { content }: TableRow,
): number[] | null {
  const vector = content?.vectors[name] ?? null;
  assert(
    vector === null || (vector.length === dimension && vector.every(Number.isFinite)),
    `a vector has ${dimension} finite values`,
  );
  return vector === null ? null : [...vector];
}

/** Names of the fields that `readRow` needs. */
export function rowFields(layout: StoreLayout): string[] {
  return [...PLACE_FIELDS, ...BODY_FIELDS, ...layout.fields.map(({ name }) => fieldColumn(name))];
}

/** Names of the fields that `readNullableVectors` needs. */
export function nullableVectorNames({ spaces }: StoreLayout): string[] {
  return spaces.flatMap(({ name }) => [hasField(name), vectorField(name)]);
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

/** A row without its vectors. */
export function readRow(
  layout: StoreLayout,
  nulls: Nulls,
  data: Readonly<Record<string, unknown>>,
): StoredRow {
  const fields = layout.fields.map(({ name, type }) => [
    name,
    readValue(nulls, type, data[fieldColumn(name)]),
  ]);
  return {
    ...readPlace(data),
    body: readBody(data),
    fields: Object.fromEntries(fields),
    vectors: {},
  };
}

export function readNullableVectors(
  { spaces }: StoreLayout,
  data: Readonly<Record<string, unknown>>,
): StoredRow["vectors"] {
  return Object.fromEntries(
    spaces.map(({ name }) => [
      name,
      data[hasField(name)] === true ? readVector(data[vectorField(name)]) : null,
    ]),
  );
}

export function readVector(value: unknown): Float32Array {
  assert(Array.isArray(value) || value instanceof Float32Array, "a vector is a list");
  return Float32Array.from(value, Number);
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

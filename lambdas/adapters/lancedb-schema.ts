import type { DataType, Field, Schema, Table, Vector } from "apache-arrow";
import type { FieldType } from "../../shared/domain/field-value.ts";
import type { FieldValue } from "../../shared/domain/filter.ts";
import { assert, unreachable } from "../../shared/std/assert.ts";
import type { StoreLayout } from "../ports/store.ts";
import { fieldColumn } from "./field-column.ts";
import { arrow } from "./lancedb-arrow.ts";
import type { TableRow } from "./rows-to-write.ts";

/** Our own columns. Names of users get a prefix of two characters, so they never meet these. */
export const COLUMNS = {
  row: "row",
  id: "id",
  passage: "passage",
  position: "position",
  body: "body",
  diedMs: "died_ms",
  text: "text",
} as const;

export function vectorColumn(space: string): string {
  return `v_${space}`;
}

/**
 * The table's schema, with the row's key declared as Lance's unenforced primary key: this makes parallel upserts of one
 * new row conflict, instead of both inserting it. Set in the schema since setting it later changes the version and the schema.
 */
export function tableSchema(layout: StoreLayout): Schema {
  const key = new Map([["lance-schema:unenforced-primary-key", "true"]]);
  return new arrow.Schema([
    new arrow.Field(COLUMNS.row, new arrow.Utf8(), false, key),
    new arrow.Field(COLUMNS.id, new arrow.Utf8(), false),
    new arrow.Field(COLUMNS.passage, new arrow.Int32(), false),
    // Positions are whole numbers below 2^53: exact in a double, and no bigint on the way back.
    new arrow.Field(COLUMNS.position, new arrow.Float64(), false),
    new arrow.Field(COLUMNS.body, new arrow.Utf8(), false),
    new arrow.Field(COLUMNS.diedMs, new arrow.Float64(), true),
    ...(layout.lexical ? [new arrow.Field(COLUMNS.text, new arrow.Utf8(), true)] : []),
    ...layout.fields.map(
      ({ name, type }) => new arrow.Field(fieldColumn(name), fieldType(type), true),
    ),
    ...layout.spaces.map(
      ({ name, dimension }) => new arrow.Field(vectorColumn(name), vectorType(dimension), true),
    ),
  ]);
}

/** Rows as an Arrow table of that schema. Keys of rows must be distinct: Lance would keep both. */
export function toArrowTable(layout: StoreLayout, rows: readonly TableRow[]): Table {
  const schema = tableSchema(layout);
  const columns = [
    column(
      rows.map(({ id, passage }) => `${passage}/${id}`),
      new arrow.Utf8(),
    ),
    column(
      rows.map(({ id }) => id),
      new arrow.Utf8(),
    ),
    column(
      rows.map(({ passage }) => passage),
      new arrow.Int32(),
    ),
    column(
      rows.map(({ position }) => position),
      new arrow.Float64(),
    ),
    column(
      rows.map(({ content }) => content?.body ?? ""),
      new arrow.Utf8(),
    ),
    column(
      rows.map(({ diedMs }) => diedMs),
      new arrow.Float64(),
    ),
    ...(layout.lexical
      ? [
          column(
            rows.map(({ content }) => content?.text ?? null),
            new arrow.Utf8(),
          ),
        ]
      : []),
    ...layout.fields.map(({ name, type }) =>
      column(
        rows.map(({ content }) => storedValue(content?.fields[name])),
        fieldType(type),
      ),
    ),
    ...layout.spaces.map(({ name, dimension }) =>
      vectors(
        rows.map(({ content }) => content?.vectors[name] ?? null),
        dimension,
      ),
    ),
  ];
  const children = columns.flatMap((vector) => vector.data);
  assert(children.length === columns.length, "each column is one chunk");
  const data = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: rows.length,
    nullCount: 0,
    children,
  });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

function column(values: readonly StoredValue[], type: DataType): Vector {
  return arrow.vectorFromArray(values, type);
}

type StoredValue = Exclude<FieldValue, boolean> | null;

/** Negative zero is stored as zero: Lance's comparisons tell them apart, JavaScript's and ours do not. */
function storedValue(value: FieldValue | null | undefined): StoredValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value === 0 ? 0 : value;
}

/** A nullable column of vectors, packed into one buffer: much faster than Arrow's own builder. */
function vectors(values: readonly (Float32Array | null)[], dimension: number): Vector {
  const packed = new Float32Array(values.length * dimension);
  const valid = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      nullCount++;
      continue;
    }
    // Lance would pad or cut a vector of another length without a word.
    assert(
      value.length === dimension && value.every(Number.isFinite),
      `a vector has ${dimension} finite values`,
    );
    packed.set(value, i * dimension);
    valid[i >> 3] = (valid[i >> 3] ?? 0) | (1 << (i & 7));
  }
  const child = arrow.makeData({
    type: new arrow.Float32(),
    length: packed.length,
    nullCount: 0,
    data: packed,
  });
  return arrow.makeVector(
    arrow.makeData({
      type: vectorType(dimension),
      length: values.length,
      nullCount,
      nullBitmap: valid,
      child,
    }),
  );
}

function vectorType(dimension: number) {
  const item: Field = new arrow.Field("item", new arrow.Float32(), true);
  return new arrow.FixedSizeList(dimension, item);
}

function fieldType(type: FieldType): DataType {
  switch (type) {
    case "string":
      return new arrow.Utf8();
    case "number":
    case "date":
      return new arrow.Float64();
    case "strings":
      return new arrow.List(new arrow.Field("item", new arrow.Utf8(), true));
    case "boolean":
      // Not Bool: Arrow's writer leaves out the buffer of a column of nulls only, which Lance can't read then.
      return new arrow.Int8();
    default:
      return unreachable(type);
  }
}

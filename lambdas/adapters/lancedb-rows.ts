import type { Table } from "apache-arrow";
import type { FieldType } from "../../shared/domain/field-value.ts";
import type { FieldValue } from "../../shared/domain/filter.ts";
import type { StoreLayout, StoredRow } from "../ports/store.ts";
import { cells, textCells, textListCells, type Cell } from "./lancedb-cells.ts";
import { fieldColumn } from "./field-column.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";

/** Names of the columns that `readRows` needs. */
export function rowColumns(layout: StoreLayout, include: { readonly vectors: boolean }): string[] {
  return [
    COLUMNS.id,
    COLUMNS.passage,
    COLUMNS.position,
    COLUMNS.body,
    ...layout.fields.map(({ name }) => fieldColumn(name)),
    ...(include.vectors ? layout.spaces.map(({ name }) => vectorColumn(name)) : []),
  ];
}

export function readRows(
  layout: StoreLayout,
  include: { readonly vectors: boolean },
  result: Table,
): StoredRow[] {
  const id = textCells(result, COLUMNS.id);
  const passage = cells(result, COLUMNS.passage);
  const position = cells(result, COLUMNS.position);
  const body = textCells(result, COLUMNS.body);
  const fields = layout.fields.map(({ name, type }) => ({
    name,
    cell: fieldCells(result, name, type),
  }));
  const spaces = include.vectors
    ? layout.spaces.map(({ name }) => ({ name, cell: cells(result, vectorColumn(name)) }))
    : [];
  return Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
    body: String(body(i)),
    fields: Object.fromEntries(fields.map(({ name, cell }) => [name, cell(i)])),
    vectors: Object.fromEntries(spaces.map(({ name, cell }) => [name, readVector(cell(i))])),
  }));
}

function fieldCells(result: Table, name: string, type: FieldType): Cell<FieldValue | null> {
  const column = fieldColumn(name);
  if (type === "string") return textCells(result, column);
  if (type === "strings") return textListCells(result, column);
  const cell = cells(result, column);
  return (index) => {
    const value = cell(index);
    if (value === null) return null;
    return type === "boolean" ? Number(value) === 1 : Number(value);
  };
}

/** A copy: Arrow's own array is a window into a whole batch, and would keep that in memory. */
function readVector(value: unknown): Float32Array | null {
  if (value === null) return null;
  const array = isVector(value) ? value.toArray() : null;
  if (array instanceof Float32Array) return array.slice();
  throw new Error("a vector is not of float32");
}

function isVector(value: unknown): value is { toArray(): unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    "toArray" in value &&
    typeof value.toArray === "function"
  );
}

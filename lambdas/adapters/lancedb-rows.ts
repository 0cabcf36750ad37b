import type { FieldType } from "../../shared/domain/filter.ts";
import type { StoreLayout, StoredRow } from "../ports/store.ts";
import { COLUMNS, fieldColumn, vectorColumn } from "./lancedb-schema.ts";

/** What of an Arrow table is read here. LanceDB's results are of its own copy of Arrow's classes. */
interface Result {
  readonly numRows: number;
  getChild(name: string): { get(index: number): unknown } | null;
}

/** A cell of a column that the query selected. */
type Cell = (index: number) => unknown;

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
  result: Result,
): StoredRow[] {
  const id = cells(result, COLUMNS.id);
  const passage = cells(result, COLUMNS.passage);
  const position = cells(result, COLUMNS.position);
  const body = cells(result, COLUMNS.body);
  const fields = layout.fields.map(({ name, type }) => ({
    name,
    type,
    cell: cells(result, fieldColumn(name)),
  }));
  const spaces = include.vectors
    ? layout.spaces.map(({ name }) => ({ name, cell: cells(result, vectorColumn(name)) }))
    : [];
  return Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
    body: String(body(i)),
    fields: Object.fromEntries(
      fields.map(({ name, type, cell }) => [name, readValue(type, cell(i))]),
    ),
    vectors: Object.fromEntries(spaces.map(({ name, cell }) => [name, readVector(cell(i))])),
  }));
}

/** The cells of a selected column. @throws if the result lacks it, which is a bug here */
export function cells(result: Result, name: string): Cell {
  if (result.numRows === 0) return () => null; // A query over an empty table may answer without any column.
  const column = result.getChild(name);
  if (column === null) throw new Error(`the result has no column ${name}`);
  return (index) => column.get(index);
}

function readValue(type: FieldType, value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (type === "string") return String(value);
  return type === "boolean" ? Number(value) === 1 : Number(value);
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

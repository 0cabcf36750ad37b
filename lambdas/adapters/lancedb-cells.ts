import type { Table, Utf8, Vector } from "apache-arrow";
import { assert } from "../../shared/std/assert.ts";
import { arrow } from "./lancedb-arrow.ts";

/** A cell of a column that the query selected. */
export type Cell<T = unknown> = (index: number) => T;

/** The cells of a selected column. @throws if the result lacks it, which is a bug here */
export function cells(result: Table, name: string): Cell {
  const column = columnOf(result, name);
  return column === null ? () => null : (index) => column.get(index);
}

/** The cells of a column of texts. Arrow's own reader drops a U+FEFF from a text's start, and so makes another text of it. */
export function textCells(result: Table, name: string): Cell<string | null> {
  const column = columnOf(result, name);
  return column === null ? () => null : textsOf(column);
}

/** The cells of a column of lists of texts. */
export function textListCells(result: Table, name: string): Cell<string[] | null> {
  const cell = cells(result, name);
  return (index) => {
    const list = cell(index);
    if (list === null) return null;
    assert(list instanceof arrow.Vector, "a list is a vector");
    const text = textsOf(list);
    return Array.from({ length: list.length }, (_, i) => text(i) ?? "");
  };
}

/** Null where a query over an empty table has answered without any column. */
function columnOf(result: Table, name: string): Vector | null {
  if (result.numRows === 0) return null;
  const column = result.getChild(name);
  if (column === null) throw new Error(`the result has no column ${name}`);
  return column;
}

function textsOf(column: Vector): Cell<string | null> {
  assert(isTexts(column), "the column is of texts");
  const bytes = new arrow.Vector(column.data.map((data) => data.clone(new arrow.Binary())));
  return (index) => {
    const cell = bytes.get(index);
    return cell === null
      ? null
      : Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString("utf8");
  };
}

function isTexts(column: Vector): column is Vector<Utf8> {
  return column.type instanceof arrow.Utf8;
}

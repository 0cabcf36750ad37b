import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { unreachable } from "../../shared/std/assert.ts";
import type { StoreLayout } from "../ports/store.ts";
import { filterColumn } from "./field-column.ts";

const OPERATORS = { eq: "=", ne: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** A filter as SQL. LanceDB has no bind parameters: values become literals here and nowhere else. */
export function filterSql(layout: Pick<StoreLayout, "fields">, filter: Filter): string {
  // Backticks keep capitals.
  return write(pushNotDown(filter), (field) => `\`${filterColumn(layout, field)}\``);
}

/** All of the conditions; null stands for none. */
export function allOf(...conditions: readonly (string | null)[]): string {
  return conditions.filter((condition) => condition !== null).join(" AND ") || "true";
}

/** `column IN (...)`; nothing is in an empty list. */
export function inList(column: string, values: readonly FilterValue[]): string {
  return values.length === 0 ? "false" : `${column} IN (${values.map(sqlLiteral).join(", ")})`;
}

/**
 * The one writer of SQL literals. Texts: a quote is doubled, everything else stands for itself, backslash and NUL
 * included. Numbers: always with an exponent, so that all are doubles: digits alone would be an integer, and overflow.
 */
export function sqlLiteral(value: FilterValue): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === "boolean") return value ? "1" : "0"; // As they are stored.
  return (value === 0 ? 0 : value).toExponential(); // Negative zero differs from zero in Lance.
}

function write(filter: NotFreeFilter, columnOf: (field: string) => string): string {
  switch (filter.op) {
    case "and":
    case "or":
      return `(${filter.filters.map((part) => write(part, columnOf)).join(` ${filter.op} `)})`;
    case "in":
      return inList(columnOf(filter.field), filter.values);
    case "nin":
      return `NOT ${inList(columnOf(filter.field), filter.values)}`;
    case "hasAny":
      return hasAny(columnOf(filter.field), filter.values);
    case "hasNone":
      return `NOT ${hasAny(columnOf(filter.field), filter.values)}`;
    case "contains":
      return `contains(${columnOf(filter.field)}, ${sqlLiteral(filter.value)})`;
    case "lacks":
      return `NOT contains(${columnOf(filter.field)}, ${sqlLiteral(filter.value)})`;
    case "exists":
      return `${columnOf(filter.field)} IS NOT NULL`;
    case "missing":
      return `${columnOf(filter.field)} IS NULL`;
    case "eq":
    case "ne":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return `${columnOf(filter.field)} ${OPERATORS[filter.op]} ${sqlLiteral(filter.value)}`;
    default:
      return unreachable(filter);
  }
}

/** Null of a null, as a comparison is. */
function hasAny(column: string, values: readonly string[]): string {
  return `array_has_any(${column}, [${values.map(sqlLiteral).join(", ")}])`;
}

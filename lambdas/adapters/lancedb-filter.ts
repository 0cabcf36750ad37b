import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { fieldColumn } from "./lancedb-schema.ts";

const OPERATORS = { eq: "=", ne: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** A filter as SQL. LanceDB has no bind parameters: values become literals here and nowhere else. */
export function filterSql(filter: Filter): string {
  return write(pushNotDown(filter));
}

/** All of the conditions; null stands for none. */
export function allOf(...conditions: readonly (string | null)[]): string {
  return conditions.filter((condition) => condition !== null).join(" AND ") || "true";
}

/** `column IN (...)` for texts; nothing is in an empty list. */
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

function write(filter: NotFreeFilter): string {
  switch (filter.op) {
    case "and":
      return filter.filters.length === 0 ? "true" : `(${filter.filters.map(write).join(" AND ")})`;
    case "or":
      return filter.filters.length === 0 ? "false" : `(${filter.filters.map(write).join(" OR ")})`;
    case "in":
      return inList(quotedColumn(filter.field), filter.values);
    case "nin":
      return filter.values.length === 0
        ? `${quotedColumn(filter.field)} IS NOT NULL`
        : `${quotedColumn(filter.field)} NOT IN (${filter.values.map(sqlLiteral).join(", ")})`;
    case "eq":
    case "ne":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return `${quotedColumn(filter.field)} ${OPERATORS[filter.op]} ${sqlLiteral(filter.value)}`;
    default:
      return unreachable(filter);
  }
}

/** Backticks keep capitals; field names are letters, digits and `_` (contracts/collection.ts). */
function quotedColumn(field: string): string {
  return `\`${fieldColumn(field)}\``;
}

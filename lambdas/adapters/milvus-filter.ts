import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { unreachable } from "../../shared/std/assert.ts";
import type { StoreLayout } from "../ports/store.ts";
import { filterColumn } from "./field-column.ts";
import { hasWildcards, WILD, withoutWildcards } from "./milvus-wildcards.ts";

const OPERATORS = { eq: "==", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
};

/** A filter in Milvus' language. Its negations of a null differ by server, so what must not be null is said. */
export function filterExpression(layout: Pick<StoreLayout, "fields">, filter: Filter): string {
  return write(pushNotDown(filter), (field) => filterColumn(layout, field));
}

/** All of the conditions; null stands for none. Milvus takes the empty text for no filter. */
export function allOf(...conditions: readonly (string | null)[]): string {
  return conditions.filter((condition) => condition !== null).join(" and ");
}

export function inList(field: string, values: readonly FilterValue[]): string {
  return `${field} in [${values.map(literal).join(", ")}]`;
}

/**
 * The one writer of literals: Milvus before 2.5 binds no values. Only what its grammar can't hold is escaped: the escapes
 * that JSON has beside these are not known to every server. Numbers always have an exponent, so all are doubles.
 */
export function literal(value: FilterValue): string {
  if (typeof value === "string")
    return `"${value.replace(/[\\"\n\r]/g, (char) => ESCAPES[char] ?? char)}"`;
  if (typeof value === "boolean") return value ? "true" : "false";
  return (value === 0 ? 0 : value).toExponential(); // Negative zero is not `in [0]`.
}

function write(filter: NotFreeFilter, columnOf: (field: string) => string): string {
  switch (filter.op) {
    case "and":
    case "or":
      return `(${filter.filters.map((part) => write(part, columnOf)).join(` ${filter.op} `)})`;
    default:
      return writeLeaf(filter, columnOf(filter.field));
  }
}

type Leaf = Exclude<NotFreeFilter, { readonly op: "and" | "or" }>;

function writeLeaf(filter: Leaf, column: string): string {
  switch (filter.op) {
    case "in":
      return inList(column, filter.values);
    case "nin":
      return known(column, `${column} not in [${filter.values.map(literal).join(", ")}]`);
    case "hasAny":
      return hasAny(column, filter.values);
    case "hasNone":
      return known(column, `not ${hasAny(column, filter.values)}`);
    case "contains":
      return contains(column, filter.value);
    case "lacks":
      return known(column, `not ${contains(column, filter.value)}`);
    case "exists":
      return `${column} is not null`;
    case "missing":
      return `${column} is null`;
    case "ne":
      return known(column, `${column} != ${literal(filter.value)}`);
    case "eq":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return `${column} ${OPERATORS[filter.op]} ${literal(filter.value)}`;
    default:
      return unreachable(filter);
  }
}

function known(column: string, condition: string): string {
  return `(${column} is not null and ${condition})`;
}

function hasAny(column: string, values: readonly string[]): string {
  return `(array_contains_any(${column}, [${values.map(literal).join(", ")}]))`;
}

/**
 * Whether a text has another one in it. Servers differ in how a pattern's `%` and `_` are
 * escaped, so none stands in one: a part that has such characters is looked for where they are written otherwise.
 */
function contains(column: string, part: string): string {
  if (part === "") return `(${column} is not null)`; // Some servers take `%%` for an equal sign.
  if (!hasWildcards(part)) return `(${column} like ${literal(`%${part}%`)})`;
  const wild = `${WILD}["${column}"]`;
  return `(exists ${wild} and ${wild} like ${literal(`%${withoutWildcards(part)}%`)})`;
}

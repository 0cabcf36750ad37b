import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { comparable, isKnown, type Nulls } from "./milvus-nulls.ts";

const OPERATORS = { eq: "==", ne: "!=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
};

/** Prefixed, so that names of users never meet ours. */
export function fieldName(name: string): string {
  return `m_${name}`;
}

/** A filter in Milvus' language. Its `!=` on a null differs by server, so what must not be null is said. */
export function filterExpression(filter: Filter, nulls: Nulls): string {
  return write(pushNotDown(filter), nulls);
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

function write(filter: NotFreeFilter, nulls: Nulls): string {
  switch (filter.op) {
    case "and":
    case "or":
      return `(${filter.filters.map((part) => write(part, nulls)).join(` ${filter.op} `)})`;
    case "in":
      return `${fieldName(filter.field)} in ${listed(filter.values, nulls)}`;
    case "nin":
      return known(
        nulls,
        filter,
        filter.values[0],
        `${fieldName(filter.field)} not in ${listed(filter.values, nulls)}`,
      );
    case "ne":
      return known(nulls, filter, filter.value, compare(filter, nulls));
    case "eq":
      return compare(filter, nulls);
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      // No order holds for a null, but a mark has its place.
      return nulls === "nullable"
        ? compare(filter, nulls)
        : known(nulls, filter, filter.value, compare(filter, nulls));
    default:
      return unreachable(filter);
  }
}

function compare(
  filter: Extract<NotFreeFilter, { readonly value: FilterValue }>,
  nulls: Nulls,
): string {
  return `${fieldName(filter.field)} ${OPERATORS[filter.op]} ${fieldLiteral(filter.value, nulls)}`;
}

function listed(values: readonly FilterValue[], nulls: Nulls): string {
  return `[${values.map((value) => fieldLiteral(value, nulls)).join(", ")}]`;
}

function fieldLiteral(value: FilterValue, nulls: Nulls): string {
  if (nulls === "marked" && typeof value === "boolean") return value ? "1" : "0";
  return literal(comparable(nulls, value));
}

function known(
  nulls: Nulls,
  { field }: { readonly field: string },
  value: FilterValue | undefined,
  condition: string,
): string {
  return `(${isKnown(nulls, fieldName(field), value)} and ${condition})`;
}

import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { unreachable } from "../../shared/std/assert.ts";

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
export function filterExpression(filter: Filter): string {
  return write(pushNotDown(filter));
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

function write(filter: NotFreeFilter): string {
  switch (filter.op) {
    case "and":
    case "or":
      return `(${filter.filters.map(write).join(` ${filter.op} `)})`;
    case "in":
      return inList(fieldName(filter.field), filter.values);
    case "nin":
      return known(
        filter.field,
        `${fieldName(filter.field)} not in [${filter.values.map(literal).join(", ")}]`,
      );
    case "ne":
      return known(filter.field, compare(filter));
    case "eq":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return compare(filter);
    default:
      return unreachable(filter);
  }
}

function compare(filter: Extract<NotFreeFilter, { readonly value: FilterValue }>): string {
  return `${fieldName(filter.field)} ${OPERATORS[filter.op]} ${literal(filter.value)}`;
}

function known(field: string, condition: string): string {
  return `(${fieldName(field)} is not null and ${condition})`;
}

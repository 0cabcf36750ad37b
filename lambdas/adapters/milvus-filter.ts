import { Problem } from "../../shared/contracts/problems.ts";
import type { FieldType } from "../../shared/domain/field-value.ts";
import {
  pushNotDown,
  type Filter,
  type FilterValue,
  type NotFreeFilter,
} from "../../shared/domain/filter.ts";
import { required, unreachable } from "../../shared/std/assert.ts";
import type { StoreLayout } from "../ports/store.ts";
import { filterColumn } from "./field-column.ts";
import { comparable, isKnown, type Nulls } from "./milvus-nulls.ts";
import { hasWildcards, WILD, withoutWildcards } from "./milvus-wildcards.ts";

const OPERATORS = { eq: "==", ne: "!=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
};

/**
 * A filter in Milvus' language. Its negations of a null differ by server, so what must not be null is said.
 * @throws Problem `invalid-filter` for a part of a text, where the server is too old to look for one
 */
export function filterExpression(
  layout: Pick<StoreLayout, "fields">,
  nulls: Nulls,
  filter: Filter,
): string {
  return write(pushNotDown(filter), (field) => {
    const declared = layout.fields.find(({ name }) => name === field);
    const { type } = required(declared, "a filter's fields are declared");
    return { column: filterColumn(layout, field), type, nulls };
  });
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

/** A field as this collection holds it. */
interface Column {
  readonly column: string;
  readonly type: FieldType;
  readonly nulls: Nulls;
}

function write(filter: NotFreeFilter, columnOf: (field: string) => Column): string {
  switch (filter.op) {
    case "and":
    case "or":
      return `(${filter.filters.map((part) => write(part, columnOf)).join(` ${filter.op} `)})`;
    default:
      return writeLeaf(filter, columnOf(filter.field));
  }
}

type Leaf = Exclude<NotFreeFilter, { readonly op: "and" | "or" }>;

function writeLeaf(filter: Leaf, of: Column): string {
  const { column, nulls } = of;
  switch (filter.op) {
    case "in":
      return `${column} in ${listed(filter.values, nulls)}`;
    case "nin":
      return known(of, `${column} not in ${listed(filter.values, nulls)}`);
    case "hasAny":
      return hasAny(of, filter.values);
    case "hasNone":
      return known(of, `not ${hasAny(of, filter.values)}`);
    case "contains":
      return contains(of, filter.value);
    case "lacks":
      return known(of, `not ${contains(of, filter.value)}`);
    case "exists":
      return `(${isKnown(nulls, column, of.type)})`;
    case "missing":
      return nulls === "nullable"
        ? `${column} is null`
        : `(not (${isKnown(nulls, column, of.type)}))`;
    case "eq":
      return compare(filter, of);
    case "ne":
      return known(of, compare(filter, of));
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      // No order holds for a null, but a mark has its place.
      return nulls === "nullable" ? compare(filter, of) : known(of, compare(filter, of));
    default:
      return unreachable(filter);
  }
}

function compare(
  { op, value }: Extract<Leaf, { readonly op: keyof typeof OPERATORS }>,
  { column, nulls }: Column,
): string {
  return `${column} ${OPERATORS[op]} ${fieldLiteral(value, nulls)}`;
}

function listed(values: readonly FilterValue[], nulls: Nulls): string {
  return `[${values.map((value) => fieldLiteral(value, nulls)).join(", ")}]`;
}

function fieldLiteral(value: FilterValue, nulls: Nulls): string {
  if (nulls === "marked" && typeof value === "boolean") return value ? "1" : "0";
  return literal(comparable(nulls, value));
}

function known({ column, type, nulls }: Column, condition: string): string {
  return `(${isKnown(nulls, column, type)} and ${condition})`;
}

function hasAny({ column, nulls }: Column, values: readonly string[]): string {
  return `(array_contains_any(${column}, ${listed(values, nulls)}))`;
}

/**
 * Whether a text has another one in it. Servers differ in how a pattern's `%` and `_` are
 * escaped, so none stands in one: a part that has such characters is looked for where they are written otherwise.
 */
function contains({ column, nulls }: Column, part: string): string {
  if (nulls === "marked")
    throw new Problem(
      "invalid-filter",
      "This region's Milvus is too old to look for a part of a text: use $eq, $in or $prefix, or Milvus 2.5.",
    );
  if (part === "") return `(${column} is not null)`; // Some servers take `%%` for an equal sign.
  if (!hasWildcards(part)) return `(${column} like ${literal(`%${part}%`)})`;
  const wild = `${WILD}["${column}"]`;
  return `(exists ${wild} and ${wild} like ${literal(`%${withoutWildcards(part)}%`)})`;
}

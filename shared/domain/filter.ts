import { unreachable } from "../std/assert.ts";
import { compareCodePoints } from "./candidate-order.ts";

/**
 * A metadata filter as a syntax tree, after parsing. The wire form (`$eq`, `$and` ...) is in contracts/filter.ts.
 *
 * Semantics, the same on every engine: a comparison with a field that a document lacks is *unknown*, as in SQL;
 * `not` of unknown is unknown; only documents whose filter is *true* match. So `ne` does not match a missing field.
 * `exists` and `missing` are never unknown. Dates are numbers here: milliseconds since 1970.
 */
export type FilterValue = string | number | boolean;

/** What a document has in a field. */
export type FieldValue = FilterValue | readonly string[];

export type Comparison = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

/** Lists of values and of filters have at least one. */
export type Filter =
  | { readonly op: Comparison; readonly field: string; readonly value: FilterValue }
  | { readonly op: "in" | "nin"; readonly field: string; readonly values: readonly FilterValue[] }
  /** Of a list of texts: it has one of the values, or none of them. */
  | {
      readonly op: "hasAny" | "hasNone";
      readonly field: string;
      readonly values: readonly string[];
    }
  /** Of a text: the value is a part of it, or is not; capitals count. */
  | { readonly op: "contains" | "lacks"; readonly field: string; readonly value: string }
  | { readonly op: "prefix"; readonly field: string; readonly value: string }
  | { readonly op: "exists" | "missing"; readonly field: string }
  | { readonly op: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly op: "not"; readonly filter: Filter };

/** A filter without `not`, whose meaning differs by engine, and without `prefix`, whose patterns do. */
export type NotFreeFilter =
  | Exclude<Filter, { readonly op: "and" | "or" | "not" | "prefix" }>
  | { readonly op: "and" | "or"; readonly filters: readonly NotFreeFilter[] };

/** What a filter is applied to: declared fields by name; null or absent where the document lacks one. */
export type FilterFields = Readonly<Record<string, FieldValue | null | undefined>>;

/** Whether a filter is true of a document: false and unknown both mean no. The oracle that every engine is held to. */
export function matches(filter: Filter, fields: FilterFields): boolean {
  return evaluate(filter, fields) === true;
}

/**
 * The same filter with every `not` pushed into the comparisons, and every prefix as the range of the texts that have it:
 * true, false and unknown of exactly the same documents.
 */
export function pushNotDown(filter: Filter): NotFreeFilter {
  return push(filter, false);
}

/** True, false, or null for unknown. */
function evaluate(filter: Filter, fields: FilterFields): boolean | null {
  switch (filter.op) {
    case "and":
      return combine(filter.filters, fields, false);
    case "or":
      return combine(filter.filters, fields, true);
    case "not": {
      const inner = evaluate(filter.filter, fields);
      return inner === null ? null : !inner;
    }
    case "in":
    case "nin":
      return evaluateList(filter.op === "in", filter.values, fieldOf(fields, filter.field));
    case "hasAny":
    case "hasNone": {
      const stored = fieldOf(fields, filter.field);
      if (!isList(stored)) return null;
      return filter.values.some((value) => stored.includes(value)) === (filter.op === "hasAny");
    }
    case "contains":
    case "lacks": {
      const stored = fieldOf(fields, filter.field);
      if (typeof stored !== "string") return null;
      return stored.includes(filter.value) === (filter.op === "contains");
    }
    case "prefix": {
      const stored = fieldOf(fields, filter.field);
      return typeof stored === "string" ? stored.startsWith(filter.value) : null;
    }
    case "exists":
    case "missing":
      return (fieldOf(fields, filter.field) !== null) === (filter.op === "exists");
    default:
      return compare(filter.op, fieldOf(fields, filter.field), filter.value);
  }
}

/** `and` and `or` are the same rule: one part that decides decides; else unknown if any part is; else the other value. */
function combine(
  filters: readonly Filter[],
  fields: FilterFields,
  decisive: boolean,
): boolean | null {
  let unknown = false;
  for (const part of filters) {
    const value = evaluate(part, fields);
    if (value === decisive) return decisive;
    if (value === null) unknown = true;
  }
  return unknown ? null : !decisive;
}

function evaluateList(
  wanted: boolean,
  values: readonly FilterValue[],
  stored: FieldValue | null,
): boolean | null {
  if (stored === null || isList(stored) || values.some((value) => typeof value !== typeof stored))
    return null;
  return values.includes(stored) === wanted;
}

/** A document's own field only: a field called `constructor` is not found on the prototype. */
function fieldOf(fields: FilterFields, name: string): FieldValue | null {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
}

function isList(value: FieldValue | null): value is readonly string[] {
  return Array.isArray(value);
}

function compare(op: Comparison, stored: FieldValue | null, value: FilterValue): boolean | null {
  if (stored === null || isList(stored) || typeof stored !== typeof value) return null;
  const order = orderOf(stored, value);
  switch (op) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
    default:
      return unreachable(op);
  }
}

/** Negative, 0 or positive, of two values of one type. Booleans have no order to users; false before true. */
function orderOf(a: FilterValue, b: FilterValue): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const OPPOSITE = {
  eq: "ne",
  ne: "eq",
  gt: "lte",
  lte: "gt",
  gte: "lt",
  lt: "gte",
  in: "nin",
  nin: "in",
  hasAny: "hasNone",
  hasNone: "hasAny",
  contains: "lacks",
  lacks: "contains",
  exists: "missing",
  missing: "exists",
  and: "or",
  or: "and",
} as const;

function push(filter: Filter, negated: boolean): NotFreeFilter {
  switch (filter.op) {
    case "not":
      return push(filter.filter, !negated);
    case "and":
    case "or":
      return {
        op: negated ? OPPOSITE[filter.op] : filter.op,
        filters: filter.filters.map((part) => push(part, negated)),
      };
    case "prefix":
      return push(rangeOf(filter.field, filter.value), negated);
    case "in":
    case "nin":
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
    case "hasAny":
    case "hasNone":
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
    case "contains":
    case "lacks":
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
    case "exists":
    case "missing":
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
    default:
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
  }
}

/** Texts are ordered by code points, so those with a prefix lie side by side. */
function rangeOf(field: string, prefix: string): Filter {
  const from: Filter = { op: "gte", field, value: prefix };
  const end = firstBehind(prefix);
  return end === null ? from : { op: "and", filters: [from, { op: "lt", field, value: end }] };
}

const CODE_POINT_MAX = 0x10_ffff;

/** The first text behind all those with the prefix: its last character that has a next one is moved on. Null if none has. */
function firstBehind(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === CODE_POINT_MAX) points.pop();
  const last = points.pop();
  if (last === undefined) return null;
  // Surrogates are no characters: the next one after U+D7FF is U+E000.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

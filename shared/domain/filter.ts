import { unreachable } from "../std/assert.ts";
import { compareCodePoints } from "./candidate-order.ts";

/**
 * A metadata filter as a syntax tree, after parsing. The wire form (`$eq`, `$and` ...) is in contracts/filter.ts.
 *
 * Semantics, the same on every engine: a comparison with a field that a document lacks is *unknown*, as in SQL;
 * `not` of unknown is unknown; only documents whose filter is *true* match. So `ne` does not match a missing field.
 */
export type FilterValue = string | number | boolean;

export type FieldType = "string" | "number" | "boolean";

export type Comparison = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

export type Filter =
  | { readonly op: Comparison; readonly field: string; readonly value: FilterValue }
  | { readonly op: "in" | "nin"; readonly field: string; readonly values: readonly FilterValue[] }
  | { readonly op: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly op: "not"; readonly filter: Filter };

/** A filter without `not`, for engines whose own `not` differs from ours or is missing. */
export type NotFreeFilter =
  | Extract<Filter, { readonly op: Comparison | "in" | "nin" }>
  | { readonly op: "and" | "or"; readonly filters: readonly NotFreeFilter[] };

/** What a filter is applied to: declared fields by name; null or absent where the document lacks one. */
export type FilterFields = Readonly<Record<string, FilterValue | null | undefined>>;

/** Whether a filter is true of a document: false and unknown both mean no. The oracle that every engine is held to. */
export function matches(filter: Filter, fields: FilterFields): boolean {
  return evaluate(filter, fields) === true;
}

/** The same filter with every `not` pushed into the comparisons: true, false and unknown of exactly the same documents. */
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
  stored: FilterValue | null,
): boolean | null {
  if (stored === null || values.some((value) => typeof value !== typeof stored)) return null;
  return values.includes(stored) === wanted;
}

/** A document's own field only: a field called `constructor` is not found on the prototype. */
function fieldOf(fields: FilterFields, name: string): FilterValue | null {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
}

function compare(op: Comparison, stored: FilterValue | null, value: FilterValue): boolean | null {
  if (stored === null || typeof stored !== typeof value) return null;
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
    case "in":
    case "nin":
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
    default:
      return negated ? { ...filter, op: OPPOSITE[filter.op] } : filter;
  }
}

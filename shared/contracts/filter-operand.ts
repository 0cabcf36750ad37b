import type { FieldType } from "../domain/field-value.ts";
import type { Filter, FilterValue } from "../domain/filter.ts";
import { parseInstant } from "../domain/instant.ts";
import { unreachable } from "../std/assert.ts";
import { filterOverLimit, filterRefused } from "./filter-refusal.ts";
import { LIMITS } from "./limits.ts";

/** What a filter has used up so far of its limits. */
export interface Budget {
  nodes: number;
  chars: number;
}

interface Field {
  readonly name: string;
  readonly type: FieldType;
}

/** A number or boolean, written out. */
const NUMBER_CHARS = 8;
/** Of what a caller calls an operator: an error does not repeat a long one. */
const SHOWN_CHARS_MAX = 32;
const OPERATORS: ReadonlySet<string> = new Set([
  "$eq",
  "$ne",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$in",
  "$nin",
  "$prefix",
  "$contains",
  "$exists",
]);

/**
 * One operator of one field as a syntax tree.
 * @throws Problem `invalid-filter` for an unknown operator, one that the field's type has not, or an operand of another type;
 * `limit-exceeded`
 */
export function readOperand(
  operator: string,
  operand: unknown,
  field: Field,
  at: string,
  budget: Budget,
): Filter {
  const { name, type } = field;
  switch (operator) {
    case "$eq":
    case "$ne":
    case "$in":
    case "$nin":
      return readEquality(operator, operand, field, at, budget);
    case "$gt":
      return { op: "gt", field: name, value: readOrdered(operand, type, at, budget) };
    case "$gte":
      return { op: "gte", field: name, value: readOrdered(operand, type, at, budget) };
    case "$lt":
      return { op: "lt", field: name, value: readOrdered(operand, type, at, budget) };
    case "$lte":
      return { op: "lte", field: name, value: readOrdered(operand, type, at, budget) };
    case "$exists":
      if (typeof operand !== "boolean") throw filterRefused(at, "true or false is needed");
      return { op: operand ? "exists" : "missing", field: name };
    case "$prefix":
      if (type !== "string")
        throw filterRefused(at, `$prefix needs a field of type string; ${name} is ${type}`);
      return { op: "prefix", field: name, value: readText(operand, at, budget) };
    case "$contains":
      if (type === "strings")
        return { op: "hasAny", field: name, values: [readText(operand, at, budget)] };
      if (type === "string")
        return { op: "contains", field: name, value: readText(operand, at, budget) };
      throw filterRefused(
        at,
        `$contains needs a field of type string or strings; ${name} is ${type}`,
      );
    default:
      throw filterRefused(at, noOperator(operator, name));
  }
}

/** What was meant instead, where that can be told. */
function noOperator(operator: string, field: string): string {
  const shown = operator.slice(0, SHOWN_CHARS_MAX);
  if (OPERATORS.has(`$${operator}`)) return `${shown} is not an operator: did you mean $${shown}?`;
  if (operator === "$not") return `$not stands around the field: {"$not": {"${field}": ...}}`;
  if (operator === "$and" || operator === "$or")
    return `${operator} stands around fields: {"${operator}": [{"${field}": ...}, ...]}`;
  return `${shown} is not an operator`;
}

function readEquality(
  operator: "$eq" | "$ne" | "$in" | "$nin",
  operand: unknown,
  { name, type }: Field,
  at: string,
  budget: Budget,
): Filter {
  const positive = operator === "$eq" || operator === "$in";
  const listed = operator === "$in" || operator === "$nin";
  if (type === "strings") {
    // As elsewhere in the field: a list equals each of its elements.
    const values = listed
      ? readList(operand, at, (item, place) => readText(item, place, budget))
      : [readText(operand, at, budget)];
    return { op: positive ? "hasAny" : "hasNone", field: name, values };
  }
  if (!listed) {
    const value = readValue(operand, type, at, budget);
    return { op: positive ? "eq" : "ne", field: name, value };
  }
  const values = readList(operand, at, (item, place) => readValue(item, type, place, budget));
  return { op: positive ? "in" : "nin", field: name, values };
}

function readList<T>(value: unknown, at: string, readItem: (item: unknown, at: string) => T): T[] {
  if (!Array.isArray(value) || value.length === 0)
    throw filterRefused(at, "a list with at least one value is needed");
  if (value.length > LIMITS.filterListMax)
    throw filterOverLimit(at, `at most ${LIMITS.filterListMax} values`);
  return value.map((item: unknown, i) => readItem(item, `${at}/${i}`));
}

function readOrdered(value: unknown, type: FieldType, at: string, budget: Budget): FilterValue {
  if (type === "boolean" || type === "strings")
    throw filterRefused(at, `the field is ${type}, which has no order`);
  return readValue(value, type, at, budget);
}

function readValue(
  value: unknown,
  type: Exclude<FieldType, "strings">,
  at: string,
  budget: Budget,
): FilterValue {
  if (value === null)
    throw filterRefused(
      at,
      "null is no value (and a number out of range becomes null): use {$exists: false}",
    );
  switch (type) {
    case "string":
      return readText(value, at, budget);
    case "number":
      spend(NUMBER_CHARS, at, budget);
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw filterRefused(at, "the field is a number: a finite number is needed");
    case "boolean":
      spend(NUMBER_CHARS, at, budget);
      if (typeof value === "boolean") return value;
      throw filterRefused(at, "the field is a boolean: true or false is needed");
    case "date": {
      spend(NUMBER_CHARS, at, budget);
      const ms = typeof value === "string" ? parseInstant(value) : null;
      if (ms !== null) return ms;
      throw filterRefused(at, "the field is a date: ISO 8601 with a zone, or a date alone");
    }
    default:
      return unreachable(type);
  }
}

function readText(value: unknown, at: string, budget: Budget): string {
  if (typeof value !== "string") throw filterRefused(at, "a string is needed");
  spend(value.length, at, budget);
  if (value.length > LIMITS.filterStringCharsMax)
    throw filterOverLimit(at, `at most ${LIMITS.filterStringCharsMax} characters`);
  // Half a character has no UTF-8: an engine would look for another one in its place.
  if (!value.isWellFormed()) throw filterRefused(at, "no lone surrogates");
  return value;
}

function spend(chars: number, at: string, budget: Budget): void {
  budget.chars += chars;
  if (budget.chars > LIMITS.filterCharsMax)
    throw filterOverLimit(at, `at most ${LIMITS.filterCharsMax} characters in all values together`);
}

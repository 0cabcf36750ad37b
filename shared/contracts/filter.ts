import { z } from "zod";
import type { Comparison, FieldType, Filter, FilterValue } from "../domain/filter.ts";
import { LIMITS } from "./limits.ts";
import { Problem } from "./problems.ts";

/**
 * A filter as it travels: `{field: value}`, `{field: {$gte: 3, $lt: 9}}`, `{$and: [...]}`, `{$or: [...]}`,
 * `{$not: {...}}`; several members of one object are and-ed.
 */
export const WireFilter = z.record(z.string(), z.unknown()).meta({
  id: "Filter",
  description:
    "{field: value} or {field: {$eq, $ne, $gt, $gte, $lt, $lte, $in}}, combined by $and, $or, $not. " +
    `At most ${LIMITS.filterDepthMax} deep, ${LIMITS.filterNodesMax} nodes, ${LIMITS.filterListMax} values in a list.`,
});
export type WireFilter = z.output<typeof WireFilter>;

/** A number or boolean, written out. */
const NUMBER_CHARS = 8;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  $eq: "eq",
  $ne: "ne",
  $gt: "gt",
  $gte: "gte",
  $lt: "lt",
  $lte: "lte",
};

/**
 * The syntax tree of a travelling filter; null if there is none, or an empty one.
 * @throws Problem `invalid-filter` or `limit-exceeded` with the place's pointer
 */
export function parseFilter(wire: WireFilter | undefined): Filter | null {
  if (wire === undefined || Object.keys(wire).length === 0) return null;
  return readObject(wire, "/filter", 1, { nodes: 0, chars: 0 });
}

interface Budget {
  nodes: number;
  chars: number;
}

function readObject(value: unknown, at: string, depth: number, budget: Budget): Filter {
  if (!isObject(value)) throw refusal(at, "an object is needed");
  if (depth > LIMITS.filterDepthMax) throw overLimit(at, `at most ${LIMITS.filterDepthMax} levels`);
  const parts = Object.entries(value).map(([key, member]) =>
    readMember(key, member, `${at}/${key}`, depth, budget),
  );
  const [first] = parts;
  if (first === undefined) throw refusal(at, "an empty object filters nothing");
  return parts.length === 1 ? first : { op: "and", filters: parts };
}

function readMember(
  key: string,
  member: unknown,
  at: string,
  depth: number,
  budget: Budget,
): Filter {
  budget.nodes += 1;
  if (budget.nodes > LIMITS.filterNodesMax)
    throw overLimit(at, `at most ${LIMITS.filterNodesMax} nodes`);
  if (key === "$and" || key === "$or") {
    if (!Array.isArray(member) || member.length === 0)
      throw refusal(at, "a list with at least one filter is needed");
    if (member.length > LIMITS.filterNodesMax)
      throw overLimit(at, `at most ${LIMITS.filterNodesMax} nodes`);
    const filters = member.map((part: unknown, i) =>
      readObject(part, `${at}/${i}`, depth + 1, budget),
    );
    return { op: key === "$and" ? "and" : "or", filters };
  }
  if (key === "$not") return { op: "not", filter: readObject(member, at, depth + 1, budget) };
  if (key.startsWith("$")) throw refusal(at, `${key.slice(0, 32)} is not an operator`);
  return readField(key, member, at, budget);
}

function readField(field: string, member: unknown, at: string, budget: Budget): Filter {
  if (!isObject(member)) return { op: "eq", field, value: readValue(member, at, budget) };
  const parts = Object.entries(member).map(([operator, operand]): Filter => {
    budget.nodes += 1;
    if (operator === "$in")
      return { op: "in", field, values: readList(operand, `${at}/$in`, budget) };
    const op = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (op === undefined) throw refusal(at, `${operator.slice(0, 32)} is not an operator`);
    return { op, field, value: readValue(operand, `${at}/${operator}`, budget) };
  });
  const [first] = parts;
  if (first === undefined) throw refusal(at, "an operator is needed");
  return parts.length === 1 ? first : { op: "and", filters: parts };
}

function readList(value: unknown, at: string, budget: Budget): FilterValue[] {
  if (!Array.isArray(value) || value.length === 0)
    throw refusal(at, "a list with at least one value is needed");
  if (value.length > LIMITS.filterListMax)
    throw overLimit(at, `at most ${LIMITS.filterListMax} values`);
  return value.map((item: unknown, i) => readValue(item, `${at}/${i}`, budget));
}

function readValue(value: unknown, at: string, budget: Budget): FilterValue {
  budget.chars += typeof value === "string" ? value.length : NUMBER_CHARS;
  if (budget.chars > LIMITS.filterCharsMax)
    throw overLimit(at, `at most ${LIMITS.filterCharsMax} characters in all values together`);
  if (typeof value === "string") {
    if (value.length > LIMITS.filterStringCharsMax)
      throw overLimit(at, `at most ${LIMITS.filterStringCharsMax} characters`);
    return value;
  }
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refusal(at, "a string, a finite number or a boolean is needed");
}

/**
 * Checks a tree against a collection's declared fields.
 * @throws Problem `invalid-filter` for an unknown field, a value of another type, or an order asked of a boolean
 */
export function checkFilter(filter: Filter, fields: Readonly<Record<string, FieldType>>): void {
  switch (filter.op) {
    case "and":
    case "or":
      for (const part of filter.filters) checkFilter(part, fields);
      return;
    case "not":
      checkFilter(filter.filter, fields);
      return;
    case "in":
    case "nin":
      for (const value of filter.values) checkValue(filter.field, value, filter.op, fields);
      return;
    default:
      checkValue(filter.field, filter.value, filter.op, fields);
  }
}

function checkValue(
  field: string,
  value: FilterValue,
  op: string,
  fields: Readonly<Record<string, FieldType>>,
): void {
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type === undefined) {
    const known = Object.keys(fields).join(", ") || "none";
    throw refusal(
      "/filter",
      `the collection declares no field of that name; it declares: ${known}`,
    );
  }
  if (typeof value !== type) throw refusal(`/filter/${field}`, `the field is a ${type}`);
  if (type === "boolean" && !["eq", "ne", "in", "nin"].includes(op))
    throw refusal(`/filter/${field}`, "booleans have no order");
}

function refusal(pointer: string, message: string): Problem {
  return new Problem(
    "invalid-filter",
    "Mend the filter: {field: value} or {field: {$eq, $ne, $gt, $gte, $lt, $lte, $in}}, combined by $and, $or, $not.",
    {
      errors: [{ pointer, message }],
    },
  );
}

function overLimit(pointer: string, message: string): Problem {
  return new Problem("limit-exceeded", "Use a smaller filter.", { errors: [{ pointer, message }] });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

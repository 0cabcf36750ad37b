import { z } from "zod";
import type { DeclaredFields, FieldType } from "../domain/field-value.ts";
import type { Filter } from "../domain/filter.ts";
import { readOperand, type Budget } from "./filter-operand.ts";
import { filterOverLimit, FILTER_FORM, filterRefused, pointerTo } from "./filter-refusal.ts";
import { LIMITS } from "./limits.ts";

/**
 * A filter as it travels: `{field: value}`, `{field: {$gte: 3, $lt: 9}}`, `{$and: [...]}`, `{$or: [...]}`,
 * `{$not: {...}}`; several members of one object are and-ed.
 */
export const WireFilter = z
  .record(z.string(), z.unknown())
  .check(({ value, issues }) => {
    if (sizeOf(value) <= LIMITS.filterNodesMax) return;
    const maximum = LIMITS.filterNodesMax;
    const message = `at most ${maximum} nodes`;
    issues.push({ code: "too_big", origin: "object", maximum, message, input: value });
  })
  .meta({
    id: "Filter",
    description:
      `${FILTER_FORM} $prefix is for fields of type string; $contains is a part of a string, or an element of a strings field, of which ` +
      "$eq and $in mean: has it, has any of them; $ne and $nin: has none. $exists takes true or false. Dates are written as in " +
      "documents. Of a field that a document lacks no comparison is true, $ne and $nin included, nor is its $not. " +
      `At most ${LIMITS.filterDepthMax} deep, ${LIMITS.filterNodesMax} nodes, ${LIMITS.filterListMax} values in a list.`,
    examples: [{ kind: "photo", "taken.at": { $gte: "2024-05-01" }, tags: { $contains: "sea" } }],
  });
export type WireFilter = z.output<typeof WireFilter>;

/**
 * The syntax tree of a travelling filter over a collection's declared fields; null if there is none, or an empty one.
 * @throws Problem `invalid-filter` or `limit-exceeded` with the place's pointer
 */
export function parseFilter(wire: WireFilter | undefined, fields: DeclaredFields): Filter | null {
  if (wire === undefined || Object.keys(wire).length === 0) return null;
  return readObject(wire, "/filter", 1, { fields, budget: { nodes: 0, chars: 0 } });
}

interface Reading {
  readonly fields: DeclaredFields;
  readonly budget: Budget;
}

function readObject(value: unknown, at: string, depth: number, reading: Reading): Filter {
  if (!isObject(value)) throw filterRefused(at, "an object is needed");
  if (depth > LIMITS.filterDepthMax)
    throw filterOverLimit(at, `at most ${LIMITS.filterDepthMax} levels`);
  const parts = Object.entries(value).map(([key, member]) =>
    readMember(key, member, pointerTo(at, key), depth, reading),
  );
  return allOf(parts, () => filterRefused(at, "an empty object filters nothing"));
}

function readMember(
  key: string,
  member: unknown,
  at: string,
  depth: number,
  reading: Reading,
): Filter {
  countNode(at, reading.budget);
  if (key === "$and" || key === "$or") {
    if (!Array.isArray(member) || member.length === 0)
      throw filterRefused(at, "a list with at least one filter is needed");
    if (member.length > LIMITS.filterNodesMax)
      throw filterOverLimit(at, `at most ${LIMITS.filterNodesMax} nodes`);
    const filters = member.map((part: unknown, i) =>
      readObject(part, `${at}/${i}`, depth + 1, reading),
    );
    return { op: key === "$and" ? "and" : "or", filters };
  }
  if (key === "$not") return { op: "not", filter: readObject(member, at, depth + 1, reading) };
  if (key.startsWith("$")) throw filterRefused(at, `${key.slice(0, 32)} is not an operator`);
  return readField({ name: key, type: typeOf(key, at, reading.fields) }, member, at, reading);
}

function readField(
  field: { readonly name: string; readonly type: FieldType },
  member: unknown,
  at: string,
  { budget }: Reading,
): Filter {
  if (!isObject(member)) return readOperand("$eq", member, field, at, budget);
  const parts = Object.entries(member).map(([operator, operand]) => {
    countNode(at, budget);
    return readOperand(operator, operand, field, pointerTo(at, operator), budget);
  });
  return allOf(parts, () => filterRefused(at, "an operator is needed"));
}

/** Only what the collection declares: names of fields reach the engines' languages. */
function typeOf(field: string, at: string, fields: DeclaredFields): FieldType {
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type !== undefined) return type;
  const known = Object.keys(fields).join(", ") || "none";
  throw filterRefused(at, `the collection declares no field of that name; it declares: ${known}`);
}

/**
 * Nodes of a filter, each member of an object being one; counting ends past what is allowed. It is looked at before the fields
 * are known: a filter of 200,000 members would else be sent to every region, to be refused by each.
 */
function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let nodes = Array.isArray(value) ? 0 : members.length;
  for (const member of members) {
    if (nodes > LIMITS.filterNodesMax) break;
    nodes += sizeOf(member);
  }
  return nodes;
}

function countNode(at: string, budget: Budget): void {
  budget.nodes += 1;
  if (budget.nodes > LIMITS.filterNodesMax)
    throw filterOverLimit(at, `at most ${LIMITS.filterNodesMax} nodes`);
}

function allOf(parts: readonly Filter[], ifNone: () => Error): Filter {
  const [first] = parts;
  if (first === undefined) throw ifNone();
  return parts.length === 1 ? first : { op: "and", filters: parts };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

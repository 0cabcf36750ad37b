import type { WireFilter } from "../../../shared/contracts/filter.ts";
import type { FieldType } from "../../../shared/domain/field-value.ts";

export interface Operator {
  readonly operator: string;
  readonly words: string;
  /** What stands for the operand; null where one is typed. */
  readonly operand: boolean | null;
}

const typed = (operator: string, words: string): Operator => ({ operator, words, operand: null });
const SET: readonly Operator[] = [
  { operator: "$exists", words: "is given", operand: true },
  { operator: "$exists", words: "is missing", operand: false },
];

/** What each type of field can be asked, the likeliest first. */
export const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  string: [
    typed("$eq", "is"),
    typed("$ne", "is not"),
    typed("$contains", "contains"),
    typed("$prefix", "starts with"),
    ...SET,
  ],
  strings: [typed("$contains", "contains"), typed("$ne", "does not contain"), ...SET],
  number: [
    typed("$gte", "at least"),
    typed("$lte", "at most"),
    typed("$eq", "is"),
    typed("$ne", "is not"),
    ...SET,
  ],
  boolean: [
    { operator: "$eq", words: "is true", operand: true },
    { operator: "$eq", words: "is false", operand: false },
    ...SET,
  ],
  date: [typed("$gte", "from"), typed("$lt", "before"), ...SET],
};

/** Also of operators that the page does not offer: an address may hold any filter. */
const WORDS: Readonly<Record<string, string>> = {
  $eq: "is",
  $ne: "is not",
  $in: "is one of",
  $nin: "is none of",
  $gt: "more than",
  $gte: "at least",
  $lt: "less than",
  $lte: "at most",
  $prefix: "starts with",
  $contains: "contains",
};

/**
 * The condition of a field, from what was chosen and typed.
 * @returns null where what was typed is no value of the field's type
 */
export function toCondition(
  field: string,
  type: FieldType,
  { operator, operand }: Operator,
  text: string,
): WireFilter | null {
  const value = operand ?? readValue(type, text.trim());
  return value === null ? null : { [field]: { [operator]: value } };
}

/** A filter in words: `kind is picture`, `(licence is CC0-1.0 or kind is passage)`. */
export function filterWords(
  filter: WireFilter,
  fields: Readonly<Record<string, FieldType>>,
): string {
  return Object.entries(filter)
    .map(([name, member]) => memberWords(name, member, fields))
    .join(" and ");
}

function memberWords(
  name: string,
  member: unknown,
  fields: Readonly<Record<string, FieldType>>,
): string {
  const several = (filters: readonly unknown[], word: string) =>
    `(${filters.map((one) => (isObject(one) ? filterWords(one, fields) : valueWords(one))).join(word)})`;
  if (name === "$and" && Array.isArray(member)) return several(member, " and ");
  if (name === "$or" && Array.isArray(member)) return several(member, " or ");
  if (name === "$not" && isObject(member)) return `not (${filterWords(member, fields)})`;
  if (!isObject(member)) return `${name} ${operatorWords("$eq", member, fields[name])}`;
  return Object.entries(member)
    .map(([operator, operand]) => `${name} ${operatorWords(operator, operand, fields[name])}`)
    .join(" and ");
}

function operatorWords(operator: string, operand: unknown, type: FieldType | undefined): string {
  const offered = (type === undefined ? SET : OPERATORS[type]).filter(
    (one) => one.operator === operator,
  );
  const whole = offered.find((one) => one.operand !== null && one.operand === operand);
  if (whole !== undefined) return whole.words;
  const named = offered.find((one) => one.operand === null)?.words ?? WORDS[operator] ?? operator;
  return `${named} ${valueWords(operand)}`;
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readValue(type: FieldType, text: string): string | number | null {
  if (text === "") return null;
  if (type !== "number") return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function isObject(value: unknown): value is WireFilter {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

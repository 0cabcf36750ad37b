import { DataType } from "@zilliz/milvus2-sdk-node";
import { STRINGS_MAX, type FieldType } from "../../shared/domain/field-value.ts";
import type { FieldValue, FilterValue } from "../../shared/domain/filter.ts";
import { assert, unreachable } from "../../shared/std/assert.ts";

/**
 * How a Milvus collection tells that a document lacks a field. Before 2.5 a field has a value in every row, so one is
 * `marked` that no document can have: infinity for a number or date, 2 for a truth value (0 and 1 are the others), the empty
 * text for a text, which otherwise begins with `=`, and a list of only that for a list. Marks keep the order of values, and
 * cost no field: there are 64.
 */
export type Nulls = "nullable" | "marked";

/** Longest text of a Milvus field, in bytes. */
export const TEXT_BYTES_MAX = 65_535;
const NO_NUMBER = Number.POSITIVE_INFINITY;
const NO_BOOLEAN = 2;
const NO_TEXT = "";
const TEXT_MARK = "=";

/** A condition that is true where the field has a value. */
export function isKnown(nulls: Nulls, field: string, type: FieldType): string {
  if (nulls === "nullable") return `${field} is not null`;
  switch (type) {
    case "string":
      return `${field} > "${NO_TEXT}"`;
    case "boolean":
      return `${field} < ${NO_BOOLEAN}`;
    case "number":
    case "date":
      return `${field} <= ${Number.MAX_VALUE.toExponential()}`;
    case "strings":
      return `not (array_contains(${field}, "${NO_TEXT}"))`;
    default:
      return unreachable(type);
  }
}

/** A filter's value as a stored one looks. */
export function comparable(nulls: Nulls, value: FilterValue): FilterValue {
  return nulls === "marked" && typeof value === "string" ? TEXT_MARK + value : value;
}

/** Negative zero is stored as zero: Milvus' `in` tells them apart, JavaScript's and ours do not. */
export function storedValue(nulls: Nulls, type: FieldType, value: FieldValue | null | undefined) {
  const plain = value === 0 ? 0 : (value ?? null);
  if (nulls === "nullable") return isList(plain) ? [...plain] : plain;
  switch (type) {
    case "string":
      return plain === null ? NO_TEXT : TEXT_MARK + String(plain);
    case "boolean":
      return plain === null ? NO_BOOLEAN : Number(plain);
    case "number":
    case "date":
      return plain ?? NO_NUMBER;
    case "strings":
      return isList(plain) ? plain.map((one) => TEXT_MARK + one) : [NO_TEXT];
    default:
      return unreachable(type);
  }
}

export function readValue(nulls: Nulls, type: FieldType, value: unknown): FieldValue | null {
  if (value === null || value === undefined) return null;
  const marked = nulls === "marked";
  switch (type) {
    case "string":
      return marked ? unmarked(String(value)) : String(value);
    case "boolean":
      if (!marked) return value === true;
      return Number(value) === NO_BOOLEAN ? null : Number(value) === 1;
    case "number":
    case "date":
      return marked && Number(value) === NO_NUMBER ? null : Number(value);
    case "strings": {
      assert(Array.isArray(value), "a list is a list");
      const texts = value.map(String);
      if (!marked) return texts;
      return texts[0] === NO_TEXT ? null : texts.map((text) => text.slice(TEXT_MARK.length));
    }
    default:
      return unreachable(type);
  }
}

export function declaredType(nulls: Nulls, type: FieldType) {
  const nullable = nulls === "nullable" ? { nullable: true } : {};
  switch (type) {
    case "string":
      return { ...nullable, data_type: DataType.VarChar, max_length: TEXT_BYTES_MAX };
    case "number":
    case "date":
      return { ...nullable, data_type: DataType.Double };
    case "boolean":
      return { ...nullable, data_type: nulls === "nullable" ? DataType.Bool : DataType.Int8 };
    case "strings":
      return {
        ...nullable,
        data_type: DataType.Array,
        element_type: DataType.VarChar,
        max_capacity: STRINGS_MAX,
        max_length: TEXT_BYTES_MAX,
      };
    default:
      return unreachable(type);
  }
}

function unmarked(text: string): string | null {
  return text === NO_TEXT ? null : text.slice(TEXT_MARK.length);
}

function isList(value: FieldValue | null): value is readonly string[] {
  return typeof value === "object" && value !== null;
}

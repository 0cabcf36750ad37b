import { DataType } from "@zilliz/milvus2-sdk-node";
import type { FieldType, FilterValue } from "../../shared/domain/filter.ts";

/**
 * How a Milvus collection tells that a document lacks a field. Before 2.5 a field has a value in every row, so one is
 * `marked` that no document can have: infinity for a number, 2 for a truth value (0 and 1 are the others), and the empty
 * text for a text, which otherwise begins with `=`. Marks keep the order of values, and cost no field: there are 64.
 */
export type Nulls = "nullable" | "marked";

/** Longest text of a Milvus field, in bytes. */
export const TEXT_BYTES_MAX = 65_535;
const NO_NUMBER = Number.POSITIVE_INFINITY;
const NO_BOOLEAN = 2;
const NO_TEXT = "";
const TEXT_MARK = "=";

/** A condition that is true where the field, of the value's type, has a value. */
export function isKnown(nulls: Nulls, field: string, value: FilterValue | undefined): string {
  if (nulls === "nullable") return `${field} is not null`;
  if (typeof value === "string") return `${field} > "${NO_TEXT}"`;
  if (typeof value === "boolean") return `${field} < ${NO_BOOLEAN}`;
  return `${field} <= ${Number.MAX_VALUE.toExponential()}`;
}

/** A filter's value as a stored one looks. */
export function comparable(nulls: Nulls, value: FilterValue): FilterValue {
  return nulls === "marked" && typeof value === "string" ? TEXT_MARK + value : value;
}

/** Negative zero is stored as zero: Milvus' `in` tells them apart, JavaScript's and ours do not. */
export function storedValue(
  nulls: Nulls,
  type: FieldType,
  value: FilterValue | null | undefined,
): FilterValue | null {
  const plain = value === 0 ? 0 : (value ?? null);
  if (nulls === "nullable") return plain;
  if (type === "string") return plain === null ? NO_TEXT : `${TEXT_MARK}${String(plain)}`;
  if (type === "boolean") return plain === null ? NO_BOOLEAN : Number(plain);
  return plain ?? NO_NUMBER;
}

export function readValue(
  nulls: Nulls,
  type: FieldType,
  value: unknown,
): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (nulls === "nullable") {
    if (type === "string") return String(value);
    return type === "number" ? Number(value) : value === true;
  }
  if (type === "string") return value === NO_TEXT ? null : String(value).slice(TEXT_MARK.length);
  if (type === "boolean") return Number(value) === NO_BOOLEAN ? null : Number(value) === 1;
  return Number(value) === NO_NUMBER ? null : Number(value);
}

export function declaredType(nulls: Nulls, type: FieldType) {
  const nullable = nulls === "nullable" ? { nullable: true } : {};
  if (type === "string")
    return { ...nullable, data_type: DataType.VarChar, max_length: TEXT_BYTES_MAX };
  if (type === "number") return { ...nullable, data_type: DataType.Double };
  return { ...nullable, data_type: nulls === "nullable" ? DataType.Bool : DataType.Int8 };
}

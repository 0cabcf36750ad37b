import { unreachable } from "../std/assert.ts";
import type { FieldValue } from "./filter.ts";
import { parseInstant } from "./instant.ts";

export const FIELD_TYPES = ["string", "number", "boolean", "date", "strings"] as const;

/** What a declared field holds. A `date` is stored as milliseconds since 1970, `strings` is a list of texts. */
export type FieldType = (typeof FIELD_TYPES)[number];

/** Declared fields by name; a name with dots is a path into nested metadata. */
export type DeclaredFields = Readonly<Record<string, FieldType>>;

/** Most texts of a field of type `strings`. */
export const STRINGS_MAX = 64;

/** What a user's metadata has for a field. `wrong`: of another type than declared; `message` says what is needed. */
export type FieldReading =
  | { readonly kind: "missing" }
  | { readonly kind: "value"; readonly value: FieldValue }
  | { readonly kind: "wrong"; readonly message: string };

/** The keys that lead to a field. A declared name has no other dots than those between keys. */
export function fieldPath(name: string): string[] {
  return name.split(".");
}

/** Reads one declared field. Null, and a path that ends early, are missing; inherited properties are none. */
export function readField(metadata: unknown, name: string, type: FieldType): FieldReading {
  let value = metadata;
  for (const key of fieldPath(name)) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { kind: "missing" };
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  if (value === undefined || value === null) return { kind: "missing" };
  const stored = storedAs(type, value);
  return stored === null
    ? { kind: "wrong", message: NEEDED[type] }
    : { kind: "value", value: stored };
}

/** A key of a document's metadata that writes a field's path as one name. */
export interface DottedKey {
  /** The keys that lead to it, itself included. */
  readonly path: readonly string[];
  /** The field as it is to be written. */
  readonly instead: string;
}

/** A document that writes a path as one key would be kept and never be found by the field: null where it does not. */
export function findDottedKey(metadata: unknown, name: string): DottedKey | null {
  const path = fieldPath(name);
  let value = metadata;
  for (const [index, key] of path.entries()) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    for (let end = path.length; end > index + 1; end--) {
      const dotted = path.slice(index, end).join(".");
      if (Object.hasOwn(value, dotted))
        return { path: [...path.slice(0, index), dotted], instead: nested(path) };
    }
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return null;
}

/** All declared fields of a document, null where it has none. */
export function readFields(
  metadata: unknown,
  fields: DeclaredFields,
): Record<string, FieldValue | null> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, type]) => {
      const reading = readField(metadata, name, type);
      return [name, reading.kind === "value" ? reading.value : null];
    }),
  );
}

/** `a.b.c` as `a: {b: {c: …}}`. */
function nested(path: readonly string[]): string {
  return path.reduceRight((inside, key, index) => {
    const member = `${key}: ${inside}`;
    return index === 0 ? member : `{${member}}`;
  }, "…");
}

const NEEDED: Readonly<Record<FieldType, string>> = {
  string: "the collection declares this field as string (of whole characters: no lone surrogates)",
  number: "the collection declares this field as number",
  boolean: "the collection declares this field as boolean",
  date: "the collection declares this field as date: ISO 8601 with a zone, or a date alone",
  strings: `the collection declares this field as strings: a list of at most ${STRINGS_MAX} strings`,
};

function storedAs(type: FieldType, value: unknown): FieldValue | null {
  switch (type) {
    case "string":
      return isText(value) ? value : null;
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? parseInstant(value) : null;
    case "strings":
      return Array.isArray(value) && value.length <= STRINGS_MAX && value.every(isText)
        ? value
        : null;
    default:
      return unreachable(type);
  }
}

/** Half a character has no UTF-8: an engine would store another one in its place. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

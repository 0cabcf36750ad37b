import { expect, test } from "vitest";
import {
  findDottedKey,
  readField,
  readFields,
  STRINGS_MAX,
  type FieldType,
} from "./field-value.ts";

test.each<[FieldType, unknown, unknown]>([
  ["string", "", ""],
  ["number", -0.5, -0.5],
  ["boolean", false, false],
  ["date", "1970-01-01T00:00:01Z", 1_000],
  ["strings", [], []],
  ["strings", ["a", "a"], ["a", "a"]],
])("a %s of %j is stored as %j", (type, written, stored) => {
  expect(readField({ f: written }, "f", type)).toEqual({ kind: "value", value: stored });
});

test.each<[FieldType, unknown]>([
  ["string", 1],
  ["string", "\ud83d"],
  ["number", "1"],
  ["boolean", 1],
  ["date", "yesterday"],
  ["date", 0],
  ["strings", "a"],
  ["strings", ["a", null]],
  ["strings", ["\ude00"]],
  ["strings", Array.from({ length: STRINGS_MAX + 1 }, () => "a")],
])("a %s of %j is wrong", (type, written) => {
  expect(readField({ f: written }, "f", type).kind).toBe("wrong");
});

test("a path leads through objects only, by their own properties", () => {
  const metadata = { a: { b: { c: 1 }, list: ["x"], text: "x", none: null }, "a.b.c": 2 };
  expect(readField(metadata, "a.b.c", "number")).toEqual({ kind: "value", value: 1 });
  for (const name of ["a.c", "a.b.c.d", "a.list.length", "a.text.length", "a.none", "a.none.x"])
    expect(readField(metadata, name, "number")).toEqual({ kind: "missing" });
  for (const name of ["constructor", "a.constructor.name", "a.b.toString"])
    expect(readField(metadata, name, "string")).toEqual({ kind: "missing" });
  expect(readField(undefined, "a", "number")).toEqual({ kind: "missing" });
});

test("a document's fields are all that are declared; what is missing or wrong is null", () => {
  const fields = { n: "number", "a.s": "string", "a.d": "date" } as const;
  expect(readFields({ n: "1", a: { s: "x" }, other: 1 }, fields)).toEqual({
    n: null,
    "a.s": "x",
    "a.d": null,
  });
});

test.each<[unknown, readonly string[] | null]>([
  [{ "a.b.c": 1 }, ["a.b.c"]],
  [{ "a.b": { c: 1 } }, ["a.b"]],
  [{ a: { "b.c": 1 } }, ["a", "b.c"]],
  [{ a: { b: { c: 1 } }, "a.b": 1 }, ["a.b"]],
  [{ a: { b: { c: 1 } }, "b.c": 1, "a.b.c.d": 1 }, null],
  [{ a: [{ "b.c": 1 }] }, null],
  [undefined, null],
])("of the field a.b.c, %j has the dotted key at %j", (metadata, path) => {
  expect(findDottedKey(metadata, "a.b.c")).toEqual(
    path === null ? null : { path, instead: "a: {b: {c: …}}" },
  );
});

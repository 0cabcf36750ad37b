import { expect, test } from "vitest";
import type { DeclaredFields } from "../domain/field-value.ts";
import { parseFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";

const FIELDS: DeclaredFields = {
  s: "string",
  n: "number",
  b: "boolean",
  d: "date",
  t: "strings",
  "a.b.c": "string",
};

const parse = (wire: Record<string, unknown>) => parseFilter(wire, FIELDS);

function refused(code: string, pointer: string) {
  return expect.objectContaining({ code, errors: [expect.objectContaining({ pointer })] });
}

test("fields, operators and combinations become one tree", () => {
  expect(parse({ n: 1 })).toEqual({ op: "eq", field: "n", value: 1 });
  expect(parse({ n: { $gte: 1, $lt: 5 }, s: "x" })).toEqual({
    op: "and",
    filters: [
      {
        op: "and",
        filters: [
          { op: "gte", field: "n", value: 1 },
          { op: "lt", field: "n", value: 5 },
        ],
      },
      { op: "eq", field: "s", value: "x" },
    ],
  });
  expect(parse({ $or: [{ n: { $in: [1, 2] } }, { $not: { b: { $ne: true } } }] })).toEqual({
    op: "or",
    filters: [
      { op: "in", field: "n", values: [1, 2] },
      { op: "not", filter: { op: "ne", field: "b", value: true } },
    ],
  });
});

test.each<[Record<string, unknown>, unknown]>([
  [{ "a.b.c": "x" }, { op: "eq", field: "a.b.c", value: "x" }],
  [{ s: { $nin: ["x"] } }, { op: "nin", field: "s", values: ["x"] }],
  [{ s: { $prefix: "" } }, { op: "prefix", field: "s", value: "" }],
  [{ s: { $contains: "%" } }, { op: "contains", field: "s", value: "%" }],
  [{ t: { $exists: true } }, { op: "exists", field: "t" }],
  [{ t: { $exists: false } }, { op: "missing", field: "t" }],
  [{ t: { $contains: "x" } }, { op: "hasAny", field: "t", values: ["x"] }],
  [{ t: "x" }, { op: "hasAny", field: "t", values: ["x"] }],
  [{ t: { $ne: "x" } }, { op: "hasNone", field: "t", values: ["x"] }],
  [{ t: { $in: ["x", "y"] } }, { op: "hasAny", field: "t", values: ["x", "y"] }],
  [{ t: { $nin: ["x", "y"] } }, { op: "hasNone", field: "t", values: ["x", "y"] }],
  [{ d: "1970-01-02" }, { op: "eq", field: "d", value: 86_400_000 }],
  [{ d: { $lte: "1970-01-01T01:00:01+01:00" } }, { op: "lte", field: "d", value: 1_000 }],
])("%j is read by its field's type", (wire, tree) => {
  expect(parse(wire)).toEqual(tree);
});

test("no filter and an empty one filter nothing", () => {
  expect(parseFilter(undefined, FIELDS)).toBeNull();
  expect(parse({})).toBeNull();
});

test.each<[string, Record<string, unknown>, string]>([
  ["an unknown operator", { s: { $regex: "x" } }, "/filter/s/$regex"],
  ["an operator at the top", { $gt: 3 }, "/filter/$gt"],
  ["a list as a value", { n: [1] }, "/filter/n"],
  ["null", { n: null }, "/filter/n"],
  ["an empty $and", { $and: [] }, "/filter/$and"],
  ["an empty $in", { n: { $in: [] } }, "/filter/n/$in"],
  ["an object in $in", { n: { $in: [{}] } }, "/filter/n/$in/0"],
  ["no operator", { n: {} }, "/filter/n"],
  ["an empty filter in $not", { $not: {} }, "/filter/$not"],
  ["an inherited name as operator", { s: { constructor: 1 } }, "/filter/s/constructor"],
  ["an inherited name as field", { toString: "x" }, "/filter/toString"],
  ["an undeclared field", { t1: 1 }, "/filter/t1"],
  ["a field that is SQL", { "s' OR 1=1 --": "x" }, "/filter/s' OR 1=1 --"],
  ["a part of a path", { a: { b: { c: "x" } } }, "/filter/a"],
  ["a key of JSON Pointer's own characters", { "a/b~": 1 }, "/filter/a~1b~0"],
  ["a number for a string", { $and: [{ n: 1 }, { s: { $eq: 1 } }] }, "/filter/$and/1/s/$eq"],
  ["a string among numbers", { n: { $in: [1, "2"] } }, "/filter/n/$in/1"],
  ["an order of booleans", { b: { $gt: true } }, "/filter/b/$gt"],
  ["an order of lists", { t: { $gt: "a" } }, "/filter/t/$gt"],
  ["a list as an element", { t: { $contains: ["a"] } }, "/filter/t/$contains"],
  ["$contains of a number", { n: { $contains: "1" } }, "/filter/n/$contains"],
  ["$prefix of a list", { t: { $prefix: "a" } }, "/filter/t/$prefix"],
  ["$prefix of a date", { d: { $prefix: "2024" } }, "/filter/d/$prefix"],
  ["$exists of a text", { s: { $exists: "true" } }, "/filter/s/$exists"],
  ["a time without a zone", { d: { $gt: "2024-05-01T12:00:00" } }, "/filter/d/$gt"],
  ["milliseconds as a date", { d: 1_714_521_600_000 }, "/filter/d"],
  ["half a character", { s: { $prefix: "a\ud83d" } }, "/filter/s/$prefix"],
  ["half a character in a list", { t: { $in: ["\ude00"] } }, "/filter/t/$in/0"],
])("%s is refused, with its place", (_, wire, pointer) => {
  expect(() => parse(wire)).toThrowError(refused("invalid-filter", pointer));
});

test("all values together are bounded, not only each", () => {
  const list = Array.from({ length: 100 }, () => "x".repeat(1_000));
  expect(() => parse({ s: { $in: list } })).toThrowError(
    refused("limit-exceeded", "/filter/s/$in/65"),
  );
  expect(parse({ s: { $in: list.slice(0, 60) } })).not.toBeNull();
});

test("each published limit is the last size that passes", () => {
  const { filterDepthMax, filterNodesMax, filterListMax, filterStringCharsMax } = LIMITS;
  const nested = (depth: number) => {
    let wire: Record<string, unknown> = { n: 1 };
    for (let level = 1; level < depth; level++) wire = { $not: wire };
    return wire;
  };
  const many = (count: number) => ({ $or: Array.from({ length: count }, () => ({ n: 1 })) });
  const list = (length: number) => ({ n: { $in: Array.from({ length }, (_, i) => i) } });
  const text = (length: number) => ({ s: { $contains: "'".repeat(length) } });
  for (const fits of [
    nested(filterDepthMax),
    many(filterNodesMax - 1),
    list(filterListMax),
    text(filterStringCharsMax),
  ])
    expect(parse(fits)).not.toBeNull();
  for (const over of [
    nested(filterDepthMax + 1),
    many(filterNodesMax),
    list(filterListMax + 1),
    text(filterStringCharsMax + 1),
  ])
    expect(() => parse(over)).toThrowError(expect.objectContaining({ code: "limit-exceeded" }));
});

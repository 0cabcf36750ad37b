import { expect, test } from "vitest";
import { checkFilter, parseFilter } from "./filter.ts";

test("fields, operators and combinations become one tree", () => {
  expect(parseFilter({ a: 1 })).toEqual({ op: "eq", field: "a", value: 1 });
  expect(parseFilter({ a: { $gte: 1, $lt: 5 }, b: "x" })).toEqual({
    op: "and",
    filters: [
      {
        op: "and",
        filters: [
          { op: "gte", field: "a", value: 1 },
          { op: "lt", field: "a", value: 5 },
        ],
      },
      { op: "eq", field: "b", value: "x" },
    ],
  });
  expect(parseFilter({ $or: [{ a: { $in: [1, 2] } }, { $not: { b: { $ne: true } } }] })).toEqual({
    op: "or",
    filters: [
      { op: "in", field: "a", values: [1, 2] },
      { op: "not", filter: { op: "ne", field: "b", value: true } },
    ],
  });
});

test("no filter and an empty one filter nothing", () => {
  expect(parseFilter(undefined)).toBeNull();
  expect(parseFilter({})).toBeNull();
});

test.each<[string, Record<string, unknown>, string]>([
  ["an unknown operator", { a: { $regex: "x" } }, "/filter/a"],
  ["an operator at the top", { $gt: 3 }, "/filter/$gt"],
  ["a list as a value", { a: [1] }, "/filter/a"],
  ["null", { a: null }, "/filter/a"],
  ["an empty $and", { $and: [] }, "/filter/$and"],
  ["an empty $in", { a: { $in: [] } }, "/filter/a/$in"],
  ["an object in $in", { a: { $in: [{}] } }, "/filter/a/$in/0"],
  ["an inherited name as operator", { a: { constructor: 1 } }, "/filter/a"],
])("%s is refused, with its place", (_, wire, pointer) => {
  expect(() => parseFilter(wire)).toThrowError(
    expect.objectContaining({
      code: "invalid-filter",
      errors: [expect.objectContaining({ pointer })],
    }),
  );
});

test("all values together are bounded, not only each", () => {
  const list = Array.from({ length: 100 }, () => "x".repeat(1_000));
  expect(() => parseFilter({ a: { $in: list } })).toThrowError(
    expect.objectContaining({ code: "limit-exceeded" }),
  );
  expect(parseFilter({ a: { $in: list.slice(0, 60) } })).not.toBeNull();
});

test("only declared fields, with their own type, and an order only where there is one", () => {
  const fields = { s: "string", n: "number", b: "boolean" } as const;
  const check = (wire: Record<string, unknown>) => {
    const filter = parseFilter(wire);
    if (filter !== null) checkFilter(filter, fields);
  };
  check({ s: { $gt: "a" }, n: { $in: [1, 2] }, b: { $ne: false } });
  for (const wire of [
    { t: 1 },
    { s: 1 },
    { n: { $in: [1, "2"] } },
    { b: { $gt: true } },
    { toString: "x" },
  ]) {
    expect(() => check(wire)).toThrowError(expect.objectContaining({ code: "invalid-filter" }));
  }
});

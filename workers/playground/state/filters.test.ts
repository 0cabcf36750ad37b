import fc from "fast-check";
import { expect, test } from "vitest";
import { joinFilters, splitFilter } from "./filters.ts";

test("conditions of one filter can be dropped one by one; what is not and-ed stays whole", () => {
  expect(
    splitFilter({
      kind: "picture",
      year: { $gte: 1990, $lt: 2000 },
      $and: [{ licence: { $ne: "x" } }, { $or: [{ kind: "a" }, { kind: "b" }] }],
      $not: { credit: { $prefix: "A" } },
    }),
  ).toEqual([
    { kind: "picture" },
    { year: { $gte: 1990 } },
    { year: { $lt: 2000 } },
    { licence: { $ne: "x" } },
    { $or: [{ kind: "a" }, { kind: "b" }] },
    { $not: { credit: { $prefix: "A" } } },
  ]);
});

test("no condition is no filter, one is itself, a field named twice needs an $and", () => {
  expect(joinFilters([])).toBeNull();
  expect(joinFilters([{ a: 1 }, { b: 2 }])).toEqual({ a: 1, b: 2 });
  expect(joinFilters([{ a: { $gte: 1 } }, { a: { $lt: 2 } }])).toEqual({
    $and: [{ a: { $gte: 1 } }, { a: { $lt: 2 } }],
  });
});

test("conditions that are joined come apart again as they were", () => {
  const condition = fc.oneof(
    fc.record({ a: fc.string() }),
    fc.record({ b: fc.record({ $gte: fc.integer() }) }),
    fc.record({ $or: fc.constant([{ a: "1" }, { b: 2 }]) }),
  );
  fc.assert(
    fc.property(fc.array(condition, { maxLength: 6 }), (conditions) => {
      const joined = joinFilters(conditions);
      expect(joined === null ? [] : splitFilter(joined)).toEqual(conditions);
    }),
  );
});

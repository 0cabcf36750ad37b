import fc from "fast-check";
import { expect, test } from "vitest";
import {
  matches,
  pushNotDown,
  type Filter,
  type FilterFields,
  type FilterValue,
} from "./filter.ts";

const strings = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uffee", "😀"), maxLength: 3 });
const numbers = fc.constantFrom(-1, -0, 0, 0.5, 2, Number.MAX_VALUE);
const TYPES = { s: strings, n: numbers, b: fc.boolean() } as const;

const fieldsArb: fc.Arbitrary<FilterFields> = fc.record({
  s: fc.option(strings),
  n: fc.option(numbers),
  b: fc.option(fc.boolean()),
});

function leaf(field: "s" | "n" | "b"): fc.Arbitrary<Filter> {
  const value: fc.Arbitrary<FilterValue> = TYPES[field];
  return fc.oneof(
    fc.record({
      op: fc.constantFrom("eq", "ne", "gt", "gte", "lt", "lte"),
      field: fc.constant(field),
      value,
    }),
    fc.record({
      op: fc.constantFrom("in", "nin"),
      field: fc.constant(field),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
    }),
  );
}

const filterArb: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf("s"),
    leaf("n"),
    leaf("b"),
    fc.record({
      op: fc.constantFrom("and", "or"),
      filters: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant("not"), filter: tie("tree") }),
  ),
})).tree;

const not = (filter: Filter): Filter => ({ op: "not", filter });

function hasNot(filter: Filter): boolean {
  return (
    filter.op === "not" ||
    ((filter.op === "and" || filter.op === "or") && filter.filters.some(hasNot))
  );
}

test("pushing `not` down leaves none, and changes no answer: not even where it is unknown", () => {
  fc.assert(
    fc.property(filterArb, fieldsArb, (filter, fields) => {
      const pushed = pushNotDown(filter);
      expect(hasNot(pushed)).toBe(false);
      expect(matches(pushed, fields)).toBe(matches(filter, fields));
      expect(matches(not(pushed), fields)).toBe(matches(not(filter), fields));
    }),
  );
});

test("a filter and its negation never both match, and where no field is missing one of them does", () => {
  fc.assert(
    fc.property(filterArb, fieldsArb, (filter, fields) => {
      const sides = Number(matches(filter, fields)) + Number(matches(not(filter), fields));
      expect(sides).toBeLessThanOrEqual(1);
      if (Object.values(fields).every((value) => value !== null)) expect(sides).toBe(1);
    }),
  );
});

test("of a missing field every comparison is unknown, its negation too", () => {
  fc.assert(
    fc.property(fc.oneof(leaf("s"), leaf("n"), leaf("b")), (filter) => {
      for (const fields of [{}, { s: null, n: null, b: null }]) {
        expect(matches(filter, fields)).toBe(false);
        expect(matches(not(filter), fields)).toBe(false);
      }
    }),
  );
});

test("unknown or true is true; unknown and false is false, so its negation matches", () => {
  const unknown: Filter = { op: "eq", field: "gone", value: 1 };
  const yes: Filter = { op: "eq", field: "n", value: 2 };
  expect(matches({ op: "or", filters: [unknown, yes] }, { n: 2 })).toBe(true);
  expect(matches({ op: "and", filters: [unknown, yes] }, { n: 2 })).toBe(false);
  expect(matches(not({ op: "and", filters: [unknown, not(yes)] }), { n: 2 })).toBe(true);
});

test("a value of another type than the field's is unknown, and inherited properties are no fields", () => {
  expect(matches({ op: "ne", field: "n", value: "2" }, { n: 2 })).toBe(false);
  expect(matches({ op: "nin", field: "n", values: [3, "2"] }, { n: 2 })).toBe(false);
  expect(matches({ op: "ne", field: "constructor", value: "x" }, {})).toBe(false);
});

test("strings are ordered by code points", () => {
  expect(matches({ op: "gt", field: "s", value: "\uffee" }, { s: "😀" })).toBe(true);
});

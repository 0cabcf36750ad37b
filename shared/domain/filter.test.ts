import fc from "fast-check";
import { expect, test } from "vitest";
import {
  matches,
  pushNotDown,
  type Filter,
  type FilterFields,
  type FilterValue,
} from "./filter.ts";

/** Characters about the gaps in the order of code points, the last one there is among them. */
const units = ["a", "b", "é", "\ud7ff", "\ue000", "\uffee", "😀", "\u{10ffff}"] as const;
const strings = fc.string({ unit: fc.constantFrom(...units), maxLength: 3 });
const numbers = fc.constantFrom(-1, -0, 0, 0.5, 2, Number.MAX_VALUE);
const lists = fc.array(strings, { maxLength: 3 });
const TYPES = { s: strings, n: numbers, b: fc.boolean() } as const;

const fieldsArb: fc.Arbitrary<FilterFields> = fc.record({
  s: fc.option(strings),
  n: fc.option(numbers),
  b: fc.option(fc.boolean()),
  t: fc.option(lists),
});

function compared(field: "s" | "n" | "b"): fc.Arbitrary<Filter> {
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

const comparison: fc.Arbitrary<Filter> = fc.oneof(
  compared("s"),
  compared("n"),
  compared("b"),
  fc.record({
    op: fc.constantFrom("contains", "lacks", "prefix"),
    field: fc.constant("s"),
    value: strings,
  }),
  fc.record({
    op: fc.constantFrom("hasAny", "hasNone"),
    field: fc.constant("t"),
    values: fc.array(strings, { minLength: 1, maxLength: 3 }),
  }),
);

const presence: fc.Arbitrary<Filter> = fc.record({
  op: fc.constantFrom("exists", "missing"),
  field: fc.constantFrom("s", "n", "b", "t"),
});

const filterArb: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: comparison, weight: 4 },
    presence,
    fc.record({
      op: fc.constantFrom("and", "or"),
      filters: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant("not"), filter: tie("tree") }),
  ),
})).tree;

const not = (filter: Filter): Filter => ({ op: "not", filter });

function uses(filter: Filter, ops: readonly Filter["op"][]): boolean {
  if (ops.includes(filter.op)) return true;
  if (filter.op === "not") return uses(filter.filter, ops);
  return (
    (filter.op === "and" || filter.op === "or") && filter.filters.some((part) => uses(part, ops))
  );
}

test("pushing `not` down leaves none and no prefix, and changes no answer: not even where it is unknown", () => {
  fc.assert(
    fc.property(filterArb, fieldsArb, (filter, fields) => {
      const pushed = pushNotDown(filter);
      expect(uses(pushed, ["not", "prefix"])).toBe(false);
      expect(matches(pushed, fields)).toBe(matches(filter, fields));
      expect(matches(not(pushed), fields)).toBe(matches(not(filter), fields));
    }),
    { numRuns: 1_000 },
  );
});

test("the range of a prefix holds the texts that have it, and no other", () => {
  fc.assert(
    fc.property(strings, strings, (value, s) => {
      const filter: Filter = { op: "prefix", field: "s", value };
      expect(matches(pushNotDown(filter), { s })).toBe(s.startsWith(value));
      expect(matches(pushNotDown(not(filter)), { s })).toBe(!s.startsWith(value));
      expect(matches(pushNotDown(filter), { s: value + s })).toBe(true);
    }),
    { numRuns: 2_000 },
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

test("of a missing field every comparison is unknown, its negation too; only its presence is known", () => {
  for (const fields of [{}, { s: null, n: null, b: null, t: null }]) {
    fc.assert(
      fc.property(comparison, (filter) => {
        expect(matches(filter, fields)).toBe(false);
        expect(matches(not(filter), fields)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(presence, (filter) => {
        expect(matches(filter, fields)).toBe(filter.op === "missing");
        expect(matches(not(filter), fields)).toBe(filter.op === "exists");
      }),
    );
  }
});

test("an empty list and an empty text are there", () => {
  const fields = { s: "", t: [] };
  expect(matches({ op: "exists", field: "t" }, fields)).toBe(true);
  expect(matches({ op: "hasNone", field: "t", values: ["a"] }, fields)).toBe(true);
  expect(matches({ op: "exists", field: "s" }, fields)).toBe(true);
  expect(matches({ op: "contains", field: "s", value: "" }, fields)).toBe(true);
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
  expect(matches({ op: "ne", field: "t", value: "2" }, { t: ["1"] })).toBe(false);
  expect(matches({ op: "lacks", field: "t", value: "2" }, { t: ["1"] })).toBe(false);
  expect(matches({ op: "hasNone", field: "s", values: ["2"] }, { s: "1" })).toBe(false);
  expect(matches({ op: "ne", field: "constructor", value: "x" }, {})).toBe(false);
  expect(matches({ op: "exists", field: "constructor" }, {})).toBe(false);
});

test("strings are ordered by code points", () => {
  expect(matches({ op: "gt", field: "s", value: "\uffee" }, { s: "😀" })).toBe(true);
});

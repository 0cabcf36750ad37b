import fc from "fast-check";
import { expect, test } from "vitest";
import type { Filter } from "./filter.ts";
import { toUnitVector } from "./vector.ts";
import { marksOf, mayAlter, mayMatch, type Change, type Watched } from "./watch.ts";
import { WatchedAnswers } from "./watched-answers.ts";

const DIMENSION = 5;
const vector = fc
  .array(fc.integer({ min: -3, max: 3 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .map((values) => toUnitVector(Float32Array.from(values)))
  .filter((unit) => unit !== null);
const space = fc.constantFrom("a", "b");
const id = fc.constantFrom(...Array.from({ length: 12 }, (_, i) => `d${i}`));
const filter: fc.Arbitrary<Filter | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    op: fc.constantFrom("eq", "ne", "gt"),
    field: fc.constantFrom("x", "y"),
    value: fc.integer({ min: 0, max: 2 }),
  }),
);
const watched: fc.Arbitrary<Watched> = fc.record({
  marks: fc.array(id, { maxLength: 4 }).map(marksOf),
  words: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  filter,
  branches: fc.array(
    fc.record({
      space,
      vector,
      tau: fc.oneof(fc.constant(-Infinity), fc.double({ min: -1, max: 1, noNaN: true })),
    }),
    { maxLength: 3 },
  ),
});
const field = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 2 }));
const change: fc.Arbitrary<Change> = fc.record({
  id,
  passages: fc.array(
    fc.record({
      fields: fc.record({ x: field, y: field }),
      vectors: fc.record({ a: fc.option(vector), b: fc.option(vector) }),
    }),
    { maxLength: 2 },
  ),
});

test("a batch of changes drops exactly what each of them, tested alone, may alter; whatever was added, replaced and removed before", () => {
  const steps = fc.array(fc.tuple(id, fc.option(watched, { freq: 4 })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(steps, fc.array(change, { maxLength: 4 }), (registered, changes) => {
      const answers = new WatchedAnswers();
      const held = new Map<string, Watched>();
      for (const [name, one] of registered) {
        if (one === null) {
          answers.remove(name);
          held.delete(name);
        } else {
          answers.add(name, one);
          held.set(name, one);
        }
      }
      expect(answers.size).toBe(held.size);
      const expected = [...held].filter(([, one]) => changes.some((by) => mayAlter(one, by)));
      expect([...answers.altered(changes)].sort()).toEqual(expected.map(([name]) => name).sort());
    }),
  );
});

test("a filter lets through what it matches, and what lacks a field that it reads", () => {
  const is = { op: "eq", field: "x", value: 1 } as const;
  expect(mayMatch(null, {})).toBe(true);
  expect(mayMatch(is, { x: 1 })).toBe(true);
  expect(mayMatch(is, { x: 2 })).toBe(false);
  expect(mayMatch(is, { x: null })).toBe(true);
  expect(mayMatch(is, {})).toBe(true);
  const both: Filter = { op: "and", filters: [is, { op: "not", filter: { ...is, field: "y" } }] };
  expect(mayMatch(both, { x: 2, y: 1 })).toBe(false);
  expect(mayMatch(both, { x: 2, y: null })).toBe(true);
});

test("a score that equals tau, or is within rounding of it, is in doubt; so is what is not a number", () => {
  const one = new Float32Array([1, 0]);
  const of = (tau: number): Watched => ({
    marks: marksOf([]),
    words: false,
    filter: null,
    branches: [{ space: "a", vector: one, tau }],
  });
  const put = (x: number): Change => ({
    id: "d",
    passages: [{ fields: {}, vectors: { a: new Float32Array([x, 0]) } }],
  });
  expect(mayAlter(of(0.5), put(0.5))).toBe(true);
  expect(mayAlter(of(0.5), put(0.499_999_5))).toBe(true);
  expect(mayAlter(of(0.5), put(0.499))).toBe(false);
  expect(mayAlter(of(0.5), put(Number.NaN))).toBe(true);
  const answers = new WatchedAnswers();
  answers.add("e", of(0.5));
  expect(answers.altered([put(Number.NaN)]).size).toBe(1);
});

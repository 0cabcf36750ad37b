import fc from "fast-check";
import { expect, test } from "vitest";
import { strongCount } from "./weak-tail.ts";

test("the rule stands at the largest step down", () => {
  expect(strongCount([0.0325, 0.032, 0.0304, 0.0274, 0.027, 0.0247])).toBe(3);
  expect(strongCount([0.0305, 0.0165, 0.0164, 0.0161])).toBe(1);
});

test("the usual slope of ranks folds nothing", () => {
  expect(strongCount(Array.from({ length: 24 }, (_, rank) => 1 / (61 + rank)))).toBe(24);
});

test("something is always strong, unless there is nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
      (scores) => {
        const sorted = scores.sort((a, b) => b - a);
        const count = strongCount(sorted);
        expect(count).toBeLessThanOrEqual(sorted.length);
        expect(count).toBeGreaterThanOrEqual(Math.min(1, sorted.length));
      },
    ),
  );
});

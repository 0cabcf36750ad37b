import fc from "fast-check";
import { expect, test } from "vitest";
import { bestFirst, compareCodePoints } from "./candidate-order.ts";

test("texts are ordered as their UTF-8 bytes are", () => {
  expect(compareCodePoints("\uffee", "😀")).toBeLessThan(0); // JavaScript's own `<` says the opposite.
  const texts = fc.string({
    unit: fc.constantFrom("a", "é", "\ud7ff", "\ue000", "\uffee", "😀", "😁"),
    maxLength: 4,
  });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    }),
  );
});

test("candidates are ordered best first, then by id, then by passage", () => {
  const ranked = [
    { id: "b", passage: 0, similarity: 0.5 },
    { id: "a", passage: 2, similarity: 0.5 },
    { id: "a", passage: 1, similarity: 0.5 },
    { id: "z", passage: 0, similarity: 0.9 },
  ];
  expect(ranked.sort(bestFirst).map(({ id, passage }) => `${id}${passage}`)).toEqual([
    "z0",
    "a1",
    "a2",
    "b0",
  ]);
});

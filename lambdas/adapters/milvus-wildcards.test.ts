import fc from "fast-check";
import { expect, test } from "vitest";
import { hasWildcards, withoutWildcards } from "./milvus-wildcards.ts";

const texts = fc.string({
  unit: fc.constantFrom("%", "_", "\\", "~", "`", "@", "a", "😀"),
  maxLength: 6,
});

test("what is written without wildcards has none", () => {
  fc.assert(fc.property(texts, (text) => !hasWildcards(withoutWildcards(text))));
});

test("a text is a part of another exactly if it is once both are written without wildcards", () => {
  fc.assert(
    fc.property(texts, texts, texts, (before, part, after) => {
      const whole = before + part + after;
      expect(withoutWildcards(whole)).toContain(withoutWildcards(part));
      expect(withoutWildcards(before).includes(withoutWildcards(part))).toBe(before.includes(part));
    }),
    { numRuns: 2_000 },
  );
});

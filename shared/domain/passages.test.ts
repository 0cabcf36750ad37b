import fc from "fast-check";
import { expect, test } from "vitest";
import { splitPassages } from "./passages.ts";

const prose = fc
  .array(
    fc.oneof(
      fc.lorem({ mode: "sentences", maxCount: 5 }),
      fc.string({ unit: "binary", maxLength: 50 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(" "));

test("passages are slices of the text, in order, that leave out white space only", () => {
  fc.assert(
    fc.property(prose, (text) => {
      let end = 0;
      for (const passage of splitPassages(text)) {
        expect(text.slice(passage.start, passage.end)).toBe(passage.text);
        expect(text.slice(end, passage.start).trim()).toBe("");
        expect(passage.text.length).toBeLessThanOrEqual(800);
        end = passage.end;
      }
      expect(text.slice(end).trim()).toBe("");
    }),
  );
});

test("a text without sentences or spaces is cut, and no character is halved", () => {
  const passages = splitPassages("🐯".repeat(1_000));
  expect(passages.length).toBeGreaterThan(1);
  expect(passages.map(({ text }) => text).join("")).toBe("🐯".repeat(1_000));
  for (const { text } of passages) expect(text.isWellFormed()).toBe(true);
});

test("a short text is one passage; white space is none", () => {
  expect(splitPassages("  A cat. A dog. ")).toEqual([{ text: "A cat. A dog.", start: 2, end: 15 }]);
  expect(splitPassages(" \n ")).toEqual([]);
});

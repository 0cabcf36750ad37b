import fc from "fast-check";
import { expect, test } from "vitest";
import { sentences, splitPassages } from "./passages.ts";

const prose = fc
  .array(
    fc.oneof(
      fc.lorem({ mode: "sentences", maxCount: 5 }),
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.constantFrom(" ", "\n\n", "\t\t\t", "word".repeat(300), "Слово и дело. ", "猫と犬。"),
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
        expect(passage.text.length).toBeLessThanOrEqual(880);
        end = passage.end;
      }
      expect(text.slice(end).trim()).toBe("");
    }),
  );
});

test("passages are few: two neighbours would not have fitted one, so a text has as many as its length asks for, twice at most", () => {
  fc.assert(
    fc.property(prose, (text) => {
      const most = 1 + (2 * text.length) / 220;
      expect(splitPassages(text).length).toBeLessThanOrEqual(most);
    }),
  );
  expect(splitPassages(`a${" ".repeat(39_998)}b`)).toHaveLength(2);
  // Three pieces a sentence: its letter, its mark and its space.
  expect(splitPassages("a. ".repeat(13_333)).length).toBeLessThan(200);
});

test("a passage ends where a sentence does, where its sentences fit", () => {
  const text = Array.from({ length: 60 }, (_, i) => `Sentence ${i} says this and that. `).join("");
  const ends = new Set(sentences(text).map(({ end }) => text.slice(0, end).trimEnd().length));
  const passages = splitPassages(text);
  expect(passages.length).toBeGreaterThan(2);
  for (const { end } of passages) expect(ends.has(end)).toBe(true);
});

test("a sentence that is too long is cut between words, as late as they fit", () => {
  const text = Array.from({ length: 300 }, (_, i) => `word${i}`).join(" ");
  const passages = splitPassages(text);
  expect(passages.map(({ text: of }) => of).join(" ")).toBe(text);
  for (const { text: of } of passages.slice(0, -1)) expect(of.length).toBeGreaterThan(700);
});

test("a text without sentences or spaces is cut, and no character is halved", () => {
  const passages = splitPassages("🐯".repeat(1_000));
  expect(passages.length).toBeGreaterThan(1);
  expect(passages.map(({ text }) => text).join("")).toBe("🐯".repeat(1_000));
  for (const { text } of passages) expect(text.isWellFormed()).toBe(true);
});

test("where a character is about a token, so many fewer make a passage", () => {
  const longest = (text: string) =>
    Math.max(...splitPassages(text).map(({ text: of }) => of.length));
  expect(longest("猫が好きです。".repeat(200))).toBeLessThanOrEqual(220);
  expect(longest("Москва слезам не верит. ".repeat(100))).toBeLessThanOrEqual(250);
});

test("a short text is one passage; white space is none", () => {
  expect(splitPassages("  A cat. A dog. ")).toEqual([{ text: "A cat. A dog.", start: 2, end: 15 }]);
  expect(splitPassages(" \n ")).toEqual([]);
  expect(splitPassages("")).toEqual([]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { markWords } from "./mark-words.ts";

const marked = (text: string, query: string) =>
  markWords(text, query)
    .filter((run) => run.marked)
    .map((run) => run.text);

test("words that begin like the query's are marked, plain words are not", () => {
  expect(
    marked("Exports of coffee from a country, and the coffees.", "countries that export coffee"),
  ).toEqual(["Exports", "coffee", "country", "coffees"]);
});

test("a word inside another is not marked", () => {
  expect(marked("concatenate a cat", "cat")).toEqual(["cat"]);
});

test("the runs together are the text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, query) => {
      expect(
        markWords(text, query)
          .map((run) => run.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

import { expect, test } from "vitest";
import { EMPTY_DRAFT, PLAIN } from "../state/draft.ts";
import { draftWords, partLabel, weightWords } from "./part-words.ts";

const tiger = { id: "t", title: "Tiger", thumbnailUrl: null, ...PLAIN };

test("a query in one line names its parts with their directions", () => {
  const picture = { name: "cat.png", type: "image/png", base64: "", ...PLAIN };
  const likes = [tiger, { ...tiger, title: "Sun", negative: true }];
  expect(draftWords({ ...EMPTY_DRAFT, text: "a cat ", picture, likes })).toBe(
    "a cat + the picture + like Tiger − Sun",
  );
  expect(draftWords({ ...EMPTY_DRAFT, text: "a cat" })).toBe("a cat");
});

test("a chip says more or less like what, and is never long", () => {
  expect(partLabel({ kind: "like", ...tiger })).toBe("like Tiger");
  expect(partLabel({ kind: "like", ...tiger, negative: true })).toBe("less like Tiger");
  expect(partLabel({ kind: "words", text: "w".repeat(500), ...PLAIN })).toHaveLength(42);
});

test("weights are written short", () => {
  expect([0.25, 1, 4].map(weightWords)).toEqual(["× 0.25", "× 1", "× 4"]);
});

import { expect, test } from "vitest";
import {
  EMPTY_DRAFT,
  findsSomething,
  isEmptyDraft,
  partsOf,
  PLAIN,
  withEmphasis,
  withLike,
  withoutPart,
  type Draft,
} from "./draft.ts";

const tiger = { id: "t", title: "Tiger", thumbnailUrl: null };
const sun = { id: "s", title: "Sun", thumbnailUrl: null };
const picture = { name: "p.png", type: "image/png", base64: "AAAA", ...PLAIN };

test("likes come beside what is asked; a document is there once, and the later word counts", () => {
  const words = { ...EMPTY_DRAFT, text: "cat" };
  const both = withLike(withLike(words, tiger, false), sun, true);
  expect(partsOf(both)).toMatchObject([
    { kind: "words", text: "cat", negative: false },
    { kind: "like", id: "t", negative: false },
    { kind: "like", id: "s", negative: true },
  ]);
  expect(withLike(both, tiger, true).likes).toMatchObject([
    { id: "s" },
    { id: "t", negative: true },
  ]);
});

test("a query has at most 16 parts", () => {
  let draft: Draft = { ...EMPTY_DRAFT, text: "cat", picture };
  for (let i = 0; i < 20; i++) draft = withLike(draft, { ...tiger, id: `${i}` }, false);
  expect(partsOf(draft)).toHaveLength(16);
  expect(draft.likes.at(-1)?.id).toBe("19");
});

test("each part has its own weight and direction", () => {
  let draft: Draft = withLike({ ...EMPTY_DRAFT, text: "cat", picture }, tiger, false);
  draft = withEmphasis(draft, { kind: "words" }, { weight: 2 });
  draft = withEmphasis(draft, { kind: "picture" }, { negative: true });
  draft = withEmphasis(draft, { kind: "like", id: "t" }, { weight: 0.5 });
  expect(partsOf(draft).map(({ weight, negative }) => [weight, negative])).toEqual([
    [2, false],
    [1, true],
    [0.5, false],
  ]);
});

test("a part that is taken out leaves the others; words left alone count as usual again", () => {
  const draft = withEmphasis(
    withLike({ ...EMPTY_DRAFT, text: "cat" }, tiger, false),
    { kind: "words" },
    { weight: 2, negative: true },
  );
  const left = withoutPart(draft, { kind: "like", id: "t" });
  expect(left).toMatchObject({ text: "cat", likes: [], words: PLAIN });
  expect(isEmptyDraft(withoutPart(left, { kind: "words" }))).toBe(true);
});

test("what only pushes down finds nothing", () => {
  expect(findsSomething(withLike(EMPTY_DRAFT, tiger, true))).toBe(false);
  expect(findsSomething(withLike({ ...EMPTY_DRAFT, text: "cat" }, tiger, true))).toBe(true);
  expect(findsSomething(EMPTY_DRAFT)).toBe(false);
});

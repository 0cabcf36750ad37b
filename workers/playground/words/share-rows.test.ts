import { expect, test } from "vitest";
import { PLAIN, type Part } from "../state/draft.ts";
import { rerankWords, shareRows, type ShareRow } from "./share-rows.ts";

const words: Part = { kind: "words", text: "a cat", ...PLAIN };
const sun: Part = {
  kind: "like",
  id: "s",
  title: "Sun",
  thumbnailUrl: null,
  weight: 0.5,
  negative: true,
};
const media = { hash: "h", type: "image/png", width: 1, height: 1, url: "", thumbnailUrl: "" };
const hit = {
  id: "x",
  score: 0.0086,
  matchedBy: ["text"],
  media,
  explain: {
    shard: 2,
    passage: 0,
    contributions: [
      {
        branch: "text",
        parts: [0],
        rank: 1,
        score: 0.71,
        normalised: 0.0164,
        weight: 1,
        share: 0.0164,
      },
      {
        branch: "image",
        parts: [1],
        rank: 4,
        score: 0.6,
        normalised: 0.0156,
        weight: -0.5,
        share: -0.0078,
      },
    ],
  },
};

/** Facts do not break within; here that is not looked at. */
function spaced(rows: readonly ShareRow[]): ShareRow[] {
  return rows.map((row) => ({ ...row, facts: row.facts.replaceAll("\u00a0", " ") }));
}

test("each ranking says what was compared with which part, and what it gives or takes", () => {
  expect(spaced(shareRows(hit, [words, sun]))).toEqual([
    {
      name: "“a cat”: caption",
      share: 0.0164,
      facts: "rank 1 · similarity 0.710 · 0.0164 × 1",
      length: 1,
    },
    {
      name: "less like Sun: picture",
      share: -0.0078,
      facts: "rank 4 · similarity 0.600 · 0.0156 × −0.5",
      length: 0.0078 / 0.0164,
    },
  ]);
});

test("a ranking that stands alone has nothing to multiply", () => {
  const alone = {
    branch: "text",
    parts: [0],
    rank: 2,
    score: 0.7,
    normalised: 0.7,
    weight: 1,
    share: 0.7,
  };
  const one = { ...hit, explain: { ...hit.explain, contributions: [alone] } };
  expect(spaced(shareRows(one, [words]))[0]).toMatchObject({
    name: "caption",
    facts: "rank 2 · similarity 0.700",
  });
});

test("reranking is told as the sum that gives the new score", () => {
  const rerank = { rankBefore: 7, score: 0.5, normalised: 0.9, before: 0.4, weight: 0.7 };
  expect(rerankWords({ ...hit.explain, rerank }, 0.75)).toBe(
    "Was number 7 before it was read again. 0.700 × 0.900 (read again) + 0.300 × 0.400 (before) = 0.750",
  );
  expect(rerankWords(hit.explain, 0.75)).toBeNull();
});

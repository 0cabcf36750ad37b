import { expect, test } from "vitest";
import type { Answer } from "./ask.ts";
import { answerFigures, pairFigures, type Measured } from "./report.ts";
import { answerTable, pairTable } from "./tables.ts";

function answer(ids: readonly string[], of: Partial<Answer> = {}): Answer {
  return {
    kind: "answer",
    ids,
    tier: "region",
    tookMs: 10,
    partial: false,
    rerankSkipped: false,
    ...of,
  };
}

function measured(pair: string, a: readonly string[], b: readonly string[]): Measured {
  const answers = new Map([
    ["a", answer(a)],
    ["b", answer(b)],
  ]);
  return { id: "q", pair, grades: new Map([["right", 1]]), answers };
}

test("each pair has its own figures, and all have theirs together", () => {
  const pairs = pairFigures(
    [
      measured("text -> text", ["right"], ["x", "right"]),
      measured("text -> text", ["right"], ["x", "right"]),
      measured("text -> image", ["x"], ["right"]),
    ],
    ["a", "b"],
    10,
  );
  expect(pairs.map(({ pair, n }) => [pair, n])).toEqual([
    ["all", 3],
    ["text -> text", 2],
    ["text -> image", 1],
  ]);
  const [, text] = pairs;
  expect(text?.variants[0]).toMatchObject({ variant: "a", againstFirst: null });
  expect(text?.variants[1]).toMatchObject({
    variant: "b",
    metrics: { "MRR@10": { mean: 0.5, low: 0.5, high: 0.5 } },
    againstFirst: {
      "Recall@1": { mean: -1, low: -1, high: -1 },
      "Recall@10": { mean: 0, low: 0, high: 0 },
    },
  });
  const table = text === undefined ? "" : pairTable(text);
  expect(table).toContain("text -> text: 2 queries; mean [95 % interval]");
  expect(table).toMatch(/b +-1\.000 \[-1\.000, -1\.000\] +0\.000 \[0\.000, 0\.000\]/);
});

test("one pair alone is not said twice, and none is none", () => {
  expect(pairFigures([measured("text -> text", [], [])], ["a", "b"], 5)).toHaveLength(1);
  expect(pairFigures([], ["a"], 5)).toEqual([]);
});

test("figures say beside them how many of their answers were not reranked", () => {
  const one = measured("text -> text", ["right"], ["right"]);
  const skipped = {
    ...one,
    answers: new Map([...one.answers, ["b", answer(["right"], { rerankSkipped: true })]]),
  };
  const [pair] = pairFigures([one, skipped], ["a", "b"], 10);
  const table = pair === undefined ? "" : pairTable(pair);
  expect(table).toMatch(/b \(1 of 2 not reranked\) +1\.000/);
  expect(table).not.toContain("a (");
});

test("answers are counted by tier, partial ones and those that were not reranked too", () => {
  const figures = answerFigures(
    [
      new Map([["a", answer([], { tookMs: 100, partial: true })]]),
      new Map([["a", answer([], { tookMs: 200, rerankSkipped: true })]]),
      new Map([["a", answer([], { tier: "edge", tookMs: 2 })]]),
      new Map([["a", { kind: "failure", why: "it" } as const]]),
      null,
    ],
    ["a"],
  );
  expect(figures).toEqual([
    {
      variant: "a",
      answers: 3,
      partial: 1,
      rerankSkipped: 1,
      tiers: {
        edge: { n: 1, p50Ms: 2, p95Ms: 2 },
        region: { n: 2, p50Ms: 150, p95Ms: 200 },
      },
    },
  ]);
  expect(answerTable(figures)).toContain("150 / 200 (2)");
});

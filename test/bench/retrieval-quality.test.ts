import { describe, expect, test } from "vitest";
import { seededRandom } from "../../shared/std/random.ts";
import { estimate, rankOf, scores } from "./retrieval-quality.ts";

describe("scores of one query", () => {
  test("the right document first is all that can be had", () => {
    expect(scores(rankOf(["a", "b"], "a"))).toEqual({
      "R@1": 1,
      "R@5": 1,
      "R@10": 1,
      MRR: 1,
      "nDCG@10": 1,
    });
  });

  test("at rank 3: found among five, a third of reciprocal rank, half of the gain", () => {
    expect(scores(rankOf(["x", "y", "a"], "a"))).toEqual({
      "R@1": 0,
      "R@5": 1,
      "R@10": 1,
      MRR: 1 / 3,
      "nDCG@10": 1 / 2,
    });
  });

  test("past the tenth is as good as missing", () => {
    expect(scores(11)).toEqual(scores(null));
  });
});

describe("estimates", () => {
  const ranks = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : null));

  test("the interval holds the mean, and about as much as the normal law says", () => {
    const { mean, low, high } = estimate(ranks, "R@1", seededRandom(1));
    expect(mean).toBe(0.25);
    const halfWidth = 1.96 * Math.sqrt((0.25 * 0.75) / ranks.length);
    expect(low).toBeCloseTo(mean - halfWidth, 1);
    expect(high).toBeCloseTo(mean + halfWidth, 1);
  });

  test("the same seed gives the same interval", () => {
    const run = () => estimate(ranks, "MRR", seededRandom(7));
    expect(run()).toEqual(run());
  });
});

import { expect, test } from "vitest";
import { scores } from "./retrieval-quality.ts";

test("the right document first is all that can be had", () => {
  expect(scores(["a", "b"], "a")).toEqual({ "R@1": 1, "R@5": 1, "R@10": 1, MRR: 1, "nDCG@10": 1 });
});

test("at rank 3: found among five, a third of reciprocal rank, half of the gain", () => {
  expect(scores(["x", "y", "a"], "a")).toEqual({
    "R@1": 0,
    "R@5": 1,
    "R@10": 1,
    MRR: 1 / 3,
    "nDCG@10": 1 / 2,
  });
});

test("past the tenth is as good as missing", () => {
  const ten = Array.from({ length: 10 }, (_, i) => `x${i}`);
  expect(scores([...ten, "a"], "a")).toEqual(scores([], "a"));
});

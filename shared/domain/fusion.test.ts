import fc from "fast-check";
import { expect, test } from "vitest";
import { fuseRankings, RRF_K, type Ranking } from "./fusion.ts";

const KEYS = "abcdefghij".split("");

/** Cosines, best first. */
const ranking: fc.Arbitrary<Ranking> = fc
  .record({
    branch: fc.constantFrom("text", "image"),
    weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
    negative: fc.boolean(),
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 10 }),
    scores: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }),
  })
  .map(({ branch, weight, negative, keys, scores }) => {
    const falling = scores.toSorted((a, b) => b - a);
    const items = keys.map((key, i) => ({ key, score: falling[i] ?? 0 }));
    return { branch, weight, negative, scoreFloor: -1, items };
  });
const rankings = fc.array(ranking, { maxLength: 4 });
const by = fc.constantFrom("ranks" as const, "scores" as const);

test("every key that a branch found comes out exactly once, and what only a negative one ranks does not", () => {
  fc.assert(
    fc.property(rankings, by, (lists, how) => {
      const finding = lists.filter(({ negative }) => !negative);
      const expected = [...new Set(finding.flatMap(({ items }) => items.map(({ key }) => key)))];
      const fused = fuseRankings(lists, how).map(({ key }) => key);
      expect(fused.toSorted()).toEqual(expected.toSorted());
    }),
  );
});

test("scores fall, and ties are ordered by key", () => {
  fc.assert(
    fc.property(rankings, by, (lists, how) => {
      const fused = fuseRankings(lists, how);
      for (const [i, { key, score }] of fused.slice(1).entries()) {
        const before = fused[i];
        expect(
          before !== undefined &&
            (before.score > score || (before.score === score && before.key < key)),
        ).toBe(true);
      }
    }),
  );
});

test("the shares, added up in their order, are the score to the last bit", () => {
  fc.assert(
    fc.property(rankings, by, (lists, how) => {
      for (const { score, contributions } of fuseRankings(lists, how)) {
        let sum = 0;
        for (const { share } of contributions) sum += share;
        expect(sum).toBe(score);
      }
    }),
  );
});

test("one ranking alone keeps its order and its own scores", () => {
  fc.assert(
    fc.property(ranking, by, (list, how) => {
      const distinct = list.items.map(({ key }, i) => ({ key, score: 1 - i / 100 }));
      const alone = { ...list, negative: false, items: distinct };
      expect(fuseRankings([alone], how).map(({ key, score }) => ({ key, score }))).toEqual(
        distinct,
      );
    }),
  );
});

test("looking deeper changes no score of what was found before, by scores", () => {
  fc.assert(
    fc.property(rankings, (lists) => {
      fc.pre(lists.length > 1);
      const deep = fuseRankings(lists, "scores");
      const cut = lists.map((list) => ({ ...list, items: list.items.slice(0, 5) }));
      for (const { key, contributions } of fuseRankings(cut, "scores")) {
        const same = deep.find((one) => one.key === key)?.contributions ?? [];
        for (const { ranking, share } of contributions)
          expect(same.find((one) => one.ranking === ranking)?.share).toBe(share);
      }
    }),
  );
});

test("by ranks a score is the sum of weight / (60 + rank), the strongest branch first; a negative branch takes away", () => {
  const item = (key: string) => ({ key, score: 0.5 });
  const plain = { negative: false, scoreFloor: -1 };
  const fused = fuseRankings(
    [
      { ...plain, branch: "text", weight: 1, items: [item("x"), item("y")] },
      { ...plain, branch: "image", weight: 2, items: [item("y")] },
      { ...plain, branch: "text", weight: 1, negative: true, items: [item("x"), item("z")] },
    ],
    "ranks",
  );
  expect(fused.map(({ key, score }) => ({ key, score }))).toEqual([
    { key: "y", score: 2 / (RRF_K + 1) + 1 / (RRF_K + 2) },
    { key: "x", score: 0 },
  ]);
  expect(fused[0]?.contributions.map(({ branch, rank }) => ({ branch, rank }))).toEqual([
    { branch: "image", rank: 1 },
    { branch: "text", rank: 2 },
  ]);
});

test("by scores each branch's best is its weight, and its floor is nothing", () => {
  const fused = fuseRankings(
    [
      {
        branch: "text",
        weight: 3,
        negative: false,
        scoreFloor: -1,
        items: [
          { key: "a", score: 0.5 },
          { key: "b", score: -1 },
        ],
      },
      {
        branch: "words",
        weight: 1,
        negative: false,
        scoreFloor: 0,
        items: [{ key: "b", score: 7 }],
      },
    ],
    "scores",
  );
  expect(fused.map(({ key, score }) => ({ key, score }))).toEqual([
    { key: "a", score: 3 },
    { key: "b", score: 1 },
  ]);
});

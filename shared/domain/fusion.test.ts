import fc from "fast-check";
import { expect, test } from "vitest";
import { fuseRankings, RRF_K, type Ranking } from "./fusion.ts";

const ranking: fc.Arbitrary<Ranking> = fc.record({
  branch: fc.constantFrom("text", "image"),
  weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
  ids: fc.uniqueArray(fc.constantFrom(..."abcdefghij".split("")), { maxLength: 10 }),
});
const rankings = fc.array(ranking, { maxLength: 4 });

test("every id comes out exactly once", () => {
  fc.assert(
    fc.property(rankings, (lists) => {
      const expected = [...new Set(lists.flatMap(({ ids }) => ids))].sort();
      expect(
        fuseRankings(lists, RRF_K)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(expected);
    }),
  );
});

test("scores fall, and ties are ordered by id", () => {
  fc.assert(
    fc.property(rankings, (lists) => {
      const fused = fuseRankings(lists, RRF_K);
      for (const [i, { id, score }] of fused.slice(1).entries()) {
        const before = fused[i];
        expect(
          before !== undefined &&
            (before.score > score || (before.score === score && before.id < id)),
        ).toBe(true);
      }
    }),
  );
});

test("one ranking alone keeps its order", () => {
  fc.assert(
    fc.property(ranking, (list) => {
      expect(fuseRankings([list], RRF_K).map(({ id }) => id)).toEqual(list.ids);
    }),
  );
});

test("a hit's score is the sum of weight / (k + rank), and matchedBy names the strongest branch first", () => {
  const fused = fuseRankings(
    [
      { branch: "text", weight: 1, ids: ["x", "y"] },
      { branch: "image", weight: 2, ids: ["y"] },
    ],
    60,
  );
  expect(fused).toEqual([
    { id: "y", score: 1 / 62 + 2 / 61, matchedBy: ["image", "text"] },
    { id: "x", score: 1 / 61, matchedBy: ["text"] },
  ]);
});

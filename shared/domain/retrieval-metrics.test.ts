import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../std/random.ts";
import {
  bootstrapMean,
  ndcgAt,
  pairedDifference,
  recallAt,
  reciprocalRankAt,
} from "./retrieval-metrics.ts";

const METRICS = [recallAt, reciprocalRankAt, ndcgAt];
const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"];

const ranking = fc.shuffledSubarray(IDS);
const grades = fc
  .dictionary(fc.constantFrom(...IDS, "elsewhere"), fc.integer({ min: -1, max: 3 }))
  .map((judged) => new Map(Object.entries(judged)))
  .filter((judged) => [...judged.values()].some((grade) => grade > 0));
const k = fc.integer({ min: 1, max: 10 });

describe("worked by hand", () => {
  const judged = new Map([
    ["a", 3],
    ["b", 2],
    ["c", 1],
    ["d", 0],
  ]);

  test("half of the relevant among two, all among four", () => {
    expect(recallAt(["b", "d", "a", "c"], judged, 1)).toBeCloseTo(1 / 3);
    expect(recallAt(["b", "d", "a", "c"], judged, 3)).toBeCloseTo(2 / 3);
    expect(recallAt(["b", "d", "a", "c"], judged, 4)).toBe(1);
  });

  test("the first relevant is third: a third, or nothing where only two are looked at", () => {
    expect(reciprocalRankAt(["x", "d", "c", "a"], judged, 3)).toBeCloseTo(1 / 3);
    expect(reciprocalRankAt(["x", "d", "c", "a"], judged, 2)).toBe(0);
  });

  test("graded gain, discounted by rank", () => {
    // 2/log2(2) + 0/log2(3) + 3/log2(4) = 3.5, of 3/1 + 2/1.58496 + 1/2 = 4.76186.
    expect(ndcgAt(["b", "d", "a"], judged, 3)).toBeCloseTo(3.5 / 4.76186, 5);
    // Of the first one alone: 2 of 3.
    expect(ndcgAt(["b", "d", "a"], judged, 1)).toBeCloseTo(2 / 3);
  });

  test("one right document at rank 3 gains a half", () => {
    expect(ndcgAt(["x", "y", "a"], new Map([["a", 1]]), 10)).toBe(1 / 2);
  });
});

describe("laws", () => {
  test("every metric is in [0, 1]", () => {
    fc.assert(
      fc.property(ranking, grades, k, (ids, judged, cut) => {
        for (const metric of METRICS) {
          expect(metric(ids, judged, cut)).toBeGreaterThanOrEqual(0);
          expect(metric(ids, judged, cut)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  test("the order in which documents were judged does not count", () => {
    fc.assert(
      fc.property(ranking, grades, k, (ids, judged, cut) => {
        const turned = new Map([...judged].toReversed());
        for (const metric of METRICS)
          expect(metric(ids, turned, cut)).toBe(metric(ids, judged, cut));
      }),
    );
  });

  test("the order below k does not count, nor, for recall, the order within it", () => {
    fc.assert(
      fc.property(ranking, grades, k, (ids, judged, cut) => {
        const below = [...ids.slice(0, cut), ...ids.slice(cut).toReversed()];
        const within = [...ids.slice(0, cut).toReversed(), ...ids.slice(cut)];
        for (const metric of METRICS)
          expect(metric(below, judged, cut)).toBe(metric(ids, judged, cut));
        expect(recallAt(within, judged, cut)).toBe(recallAt(ids, judged, cut));
      }),
    );
  });

  test("moving a relevant document before an irrelevant one never lowers a metric", () => {
    fc.assert(
      fc.property(ranking, grades, k, fc.nat(7), (ids, judged, cut, at) => {
        const [above, below] = [ids[at], ids[at + 1]];
        if (above === undefined || below === undefined) return;
        if ((judged.get(below) ?? 0) <= 0 || (judged.get(above) ?? 0) > 0) return;
        const swapped = ids.with(at, below).with(at + 1, above);
        for (const metric of METRICS)
          expect(metric(swapped, judged, cut)).toBeGreaterThanOrEqual(metric(ids, judged, cut));
      }),
    );
  });

  test("falling grades have all the gain that can be had", () => {
    fc.assert(
      fc.property(grades, k, (judged, cut) => {
        const best = [...judged].toSorted((a, b) => b[1] - a[1]).map(([id]) => id);
        expect(ndcgAt(best, judged, cut)).toBeCloseTo(1);
      }),
    );
  });
});

describe("intervals", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 1,
    maxLength: 40,
  });

  test("lie within the values, low before high", () => {
    fc.assert(
      fc.property(values, fc.nat(), (of, seed) => {
        const { low, high } = bootstrapMean(of, seededRandom(seed));
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...of) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...of) + 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  test("of a share are about as wide as the normal law says", () => {
    const share = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const { mean, low, high } = bootstrapMean(share, seededRandom(1));
    expect(mean).toBe(0.25);
    const halfWidth = 1.96 * Math.sqrt((0.25 * 0.75) / share.length);
    expect(low).toBeCloseTo(mean - halfWidth, 1);
    expect(high).toBeCloseTo(mean + halfWidth, 1);
  });

  test("replay from their seed", () => {
    const of = [0, 0.5, 1, 1];
    expect(bootstrapMean(of, seededRandom(7))).toEqual(bootstrapMean(of, seededRandom(7)));
  });

  test("of a difference: a constant gain is certain, however unlike the queries are", () => {
    const before = [0, 0.2, 0.4, 0.6, 0.8];
    const after = before.map((value) => value + 0.125);
    const { mean, low, high } = pairedDifference(after, before, seededRandom(1));
    for (const figure of [mean, low, high]) expect(figure).toBeCloseTo(0.125);
  });

  test("of a difference: turning the sides round turns the sign", () => {
    fc.assert(
      fc.property(values, fc.nat(), (of, seed) => {
        const other = of.map((value) => 1 - value);
        const there = pairedDifference(of, other, seededRandom(seed));
        const back = pairedDifference(other, of, seededRandom(seed));
        expect(back.mean).toBeCloseTo(-there.mean);
      }),
      { numRuns: 30 },
    );
  });
});

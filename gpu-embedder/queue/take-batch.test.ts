import fc from "fast-check";
import { expect, test } from "vitest";
import { takeBatch } from "./take-batch.ts";

const items = fc
  .array(fc.integer({ min: 1, max: 256 }), { maxLength: 80 })
  .map((lengths) => lengths.map((tokens, age) => ({ tokens, age })));
const limits = fc.record({
  itemsMax: fc.integer({ min: 1, max: 32 }),
  tokensMax: fc.integer({ min: 256, max: 4_096 }),
  spreadTokensMax: fc.integer({ min: 0, max: 64 }),
});

test("nothing is lost, nothing comes twice, and both parts keep their order", () => {
  fc.assert(
    fc.property(items, limits, (waiting, bounds) => {
      const { batch, rest } = takeBatch(waiting, bounds);
      expect([...batch, ...rest].map(({ age }) => age).sort((a, b) => a - b)).toEqual(
        waiting.map(({ age }) => age),
      );
      for (const part of [batch, rest])
        expect(part.map(({ age }) => age)).toEqual(
          part.map(({ age }) => age).sort((a, b) => a - b),
        );
    }),
  );
});

test("the first to wait is always in the batch, so nothing starves", () => {
  fc.assert(
    fc.property(items, limits, (waiting, bounds) => {
      expect(takeBatch(waiting, bounds).batch[0]).toEqual(waiting[0]);
    }),
  );
});

test("count, padded tokens and spread stay within bounds", () => {
  fc.assert(
    fc.property(items, limits, (waiting, bounds) => {
      const lengths = takeBatch(waiting, bounds).batch.map(({ tokens }) => tokens);
      const longest = Math.max(0, ...lengths);
      expect(lengths.length).toBeLessThanOrEqual(bounds.itemsMax);
      expect(longest * lengths.length).toBeLessThanOrEqual(bounds.tokensMax);
      if (lengths.length > 0)
        expect(longest - Math.min(...lengths)).toBeLessThanOrEqual(bounds.spreadTokensMax);
    }),
  );
});

test("of equal length the older ones go first", () => {
  fc.assert(
    fc.property(items, limits, (waiting, bounds) => {
      const { batch, rest } = takeBatch(waiting, bounds);
      for (const left of rest)
        for (const taken of batch)
          if (taken.tokens === left.tokens) expect(taken.age).toBeLessThan(left.age);
    }),
  );
});

test("a first one over the token bound runs alone", () => {
  const waiting = [{ tokens: 300 }, { tokens: 300 }];
  const bounds = { itemsMax: 8, tokensMax: 256, spreadTokensMax: 8 };
  expect(takeBatch(waiting, bounds)).toEqual({ batch: [{ tokens: 300 }], rest: [{ tokens: 300 }] });
});

test("texts close in length share a batch, a far longer one waits for its own", () => {
  const waiting = [10, 250, 12, 9].map((tokens) => ({ tokens }));
  const bounds = { itemsMax: 8, tokensMax: 512, spreadTokensMax: 32 };
  const { batch, rest } = takeBatch(waiting, bounds);
  expect(batch.map(({ tokens }) => tokens)).toEqual([10, 12, 9]);
  expect(rest).toEqual([{ tokens: 250 }]);
});

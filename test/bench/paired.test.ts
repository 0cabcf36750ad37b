import { expect, test } from "vitest";
import { measureInTurn, ratio, spread } from "./paired.ts";
import { percentile } from "../../shared/std/percentile.ts";

test("sides are measured in turn, and warm-ups are forgotten", async () => {
  const order: string[] = [];
  let n = 0;
  const side = (name: string) => () => {
    order.push(name);
    return { ms: n++ };
  };
  const rounds = await measureInTurn({ a: side("a"), b: side("b") }, { rounds: 2, warmUps: 1 });
  expect(order.join("")).toBe("ababab");
  expect(rounds).toEqual({ a: [{ ms: 2 }, { ms: 4 }], b: [{ ms: 3 }, { ms: 5 }] });
});

test("a ratio is the median of the rounds' own ratios, not of the sides' medians", () => {
  const a = [{ ms: 1 }, { ms: 10 }, { ms: 100 }];
  const b = [{ ms: 2 }, { ms: 10 }, { ms: 25 }];
  expect(ratio(a, b, "ms")).toEqual({ median: 1, min: 0.5, max: 4 });
});

test("a metric that was not measured is an error, not a zero", () => {
  expect(() => ratio([{ ms: 1 }], [{ ms: 1 }], "other")).toThrow();
  expect(() => spread([])).toThrow();
  expect(() => spread([Number.NaN])).toThrow();
});

test("percentiles go by nearest rank; the median of an even number is the middle of two", () => {
  const values = [4, 1, 3, 2];
  expect(percentile(values, 50)).toBe(2.5);
  expect(percentile(values, 99)).toBe(4);
  expect(percentile(values, 25)).toBe(1);
});

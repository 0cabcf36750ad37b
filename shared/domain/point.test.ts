import fc from "fast-check";
import { expect, test } from "vitest";
import { nextChain, originPoint, parseToken, standing, tokenOf, type Point } from "./point.ts";

const incarnation = "abcdefghij01";

function line(length: number): Point[] {
  const points = [originPoint(incarnation, 1)];
  for (let position = 1; position <= length; position++) {
    const before = points[position - 1];
    if (before !== undefined)
      points.push({ term: 1, position, chain: nextChain(before.chain, `digest ${position}`) });
  }
  return points;
}

test("a token of a line's point is covered by that point and all later ones, and by none earlier", () => {
  const points = line(8);
  fc.assert(
    fc.property(fc.nat(8), fc.nat(8), (a, b) => {
      const [of, at] = [points[a], points[b]];
      if (of === undefined || at === undefined) throw new Error("the line is long enough");
      const token = parseToken(tokenOf(incarnation, of));
      if (token === null) throw new Error("a token that we made is one");
      expect(standing(at, token)).toBe(b >= a ? "covered" : "behind");
    }),
  );
});

test("the same position with another history is off the line", () => {
  const [, first] = line(1);
  const token = parseToken(`${incarnation}.1.1.00000000`);
  if (first === undefined || token === null) throw new Error("both exist");
  expect(standing(first, token)).toBe("off-line");
});

test.each([
  "",
  "abc",
  `${incarnation}.1.1`,
  `${incarnation}.1.-1.00000000`,
  `${incarnation}.1.1.5.00000000`,
  `${incarnation}.01.1.00000000`,
  `${incarnation}.1.1e3.00000000`,
  `${incarnation}.1.9999999999999999.00000000`,
  `ABCDEFGHIJ01.1.1.00000000`,
])("%j is not a token", (text) => {
  expect(parseToken(text)).toBeNull();
});

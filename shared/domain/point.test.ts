import { expect, test } from "vitest";
import { originPoint, parseToken, tokenOf } from "./point.ts";

const incarnation = "abcdefghij01";

test("a token names its point", () => {
  const point = { ...originPoint(incarnation, 3), position: 12 };
  expect(parseToken(tokenOf(incarnation, point))).toEqual({
    incarnation,
    term: 3,
    position: 12,
    chain8: point.chain.slice(0, 8),
  });
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

import fc from "fast-check";
import { expect, test } from "vitest";
import { sha1Hex } from "../std/bytes.ts";
import { laterOf, type RightUpTo } from "./right-up-to.ts";

const of = (position: number, timeMs: number | null, step = 0): RightUpTo => ({
  point: { term: 1, position, chain: sha1Hex(String(position)) },
  confirmed: timeMs === null ? null : { timeMs, term: 1, step },
});

test("what is known of an answer never goes back, whatever is told of it and in which order", () => {
  const told = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(told, (steps) => {
      const all = steps.map(([position, timeMs]) => of(position, timeMs));
      const known = all.reduce(laterOf);
      const best = all.toSorted(
        (a, b) =>
          b.point.position - a.point.position ||
          (b.confirmed?.timeMs ?? 0) - (a.confirmed?.timeMs ?? 0),
      )[0];
      expect(known).toEqual(best);
    }),
  );
});

test("after a lost tail the later term stands, at whatever position", () => {
  const lost = of(9, 20);
  const stands = { ...of(7, 10), point: { ...of(7, 10).point, term: 2 } };
  expect(laterOf(lost, stands)).toBe(stands);
  expect(laterOf(stands, lost)).toBe(stands);
});

test("an unknown time is earlier than any; a time after the clock stepped is later than any before", () => {
  expect(laterOf(of(1, null), of(1, 5))).toEqual(of(1, 5));
  expect(laterOf(of(1, 5), of(1, null))).toEqual(of(1, 5));
  expect(laterOf(of(1, 9), of(1, 5, 1))).toEqual(of(1, 5, 1));
  expect(laterOf(of(2, null), of(1, 5))).toEqual(of(2, null));
});

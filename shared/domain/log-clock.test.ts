import fc from "fast-check";
import { expect, test } from "vitest";
import {
  laterLogTime,
  logNow,
  SAMPLE_AGE_MS_MAX,
  stalenessMs,
  withinBound,
  type LogTime,
} from "./log-clock.ts";

const time = (timeMs: number, step = 0): LogTime => ({ timeMs, term: 1, step });

test("now is never earlier than the log's own clock, as long as the sample was asked for before it was read", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(30_000), (sentMs, halfTripMs, laterMs) => {
      const readAtMs = sentMs + halfTripMs; // On one common clock, which no process has.
      const now = logNow({ at: time(readAtMs), sentMs }, readAtMs + laterMs);
      if (halfTripMs + laterMs <= SAMPLE_AGE_MS_MAX)
        expect(now?.timeMs).toBeGreaterThanOrEqual(readAtMs + laterMs);
      else expect(now).toBeNull();
    }),
  );
});

test("unknown is infinite: nothing confirmed, no clock, another step, or a clock behind what it confirmed", () => {
  expect(stalenessMs(null, time(5))).toBeNull();
  expect(stalenessMs(time(5), null)).toBeNull();
  expect(stalenessMs(time(5), time(9, 1))).toBeNull();
  expect(stalenessMs(time(9), time(5))).toBeNull();
  expect(withinBound(null, Number.MAX_SAFE_INTEGER)).toBe(false);
});

test("a sample from the future of a clock that jumped back says nothing", () => {
  expect(logNow({ at: time(100), sentMs: 50 }, 49)).toBeNull();
});

test("the later of two readings of one step wins; others can't be compared", () => {
  expect(laterLogTime(time(1), time(2))).toEqual(time(2));
  expect(laterLogTime(time(3), time(2))).toEqual(time(3));
  expect(laterLogTime(time(1), time(2, 1))).toEqual(time(1));
  expect(laterLogTime(null, time(2))).toEqual(time(2));
});

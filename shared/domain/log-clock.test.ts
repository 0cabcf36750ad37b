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

test("a clock that is set forward makes nothing seem fresher than it is, whichever of reading and confirmation came first", () => {
  const moment = fc.nat(30_000);
  fc.assert(
    fc.property(moment, moment, moment, moment, fc.nat(20_000), (a, b, c, jumpAt, jumpMs) => {
      const nowMs = Math.max(a, b, c);
      const [sentMs, confirmedMs] = [Math.min(a, b), Math.min(b, c)];
      const logAt = (ms: number) => time(ms + (ms >= jumpAt ? jumpMs : 0));
      const now = logNow({ at: logAt(sentMs), sentMs }, nowMs);
      const staleness = stalenessMs(logAt(confirmedMs), now);
      if (staleness !== null) expect(staleness).toBeGreaterThanOrEqual(nowMs - confirmedMs);
    }),
  );
});

test("what another process reckoned keeps the reading behind it", () => {
  const told = logNow({ at: time(1_000), sentMs: 0 }, 30_000);
  const here = logNow({ at: told ?? time(0), sentMs: 500 }, 700);
  expect(here).toMatchObject({ timeMs: 31_200, readMs: 1_000 });
  expect(stalenessMs(time(20_000), here)).toBe(30_200);
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

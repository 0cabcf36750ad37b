import type { Clock } from "../../shared/std/clock.ts";

/** A container that was frozen may find its monotonic clock where it was; the wall clock knows how long it slept. */
export function systemClock(): Clock {
  let lastMono = performance.now();
  let lastWall = Date.now();
  let elapsedMs = 0;
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => {
      const [mono, wall] = [performance.now(), Date.now()];
      elapsedMs += Math.max(mono - lastMono, wall - lastWall, 0);
      [lastMono, lastWall] = [mono, wall];
      return elapsedMs;
    },
  };
}

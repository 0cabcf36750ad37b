import { setTimeout as delay } from "node:timers/promises";
import type { BugTime } from "../../simulate/bug.ts";

/** The process's own clock, for bugs that lean on time. */
export const realTime: BugTime = {
  get nowMs() {
    return Math.round(performance.now());
  },
  wait: (delayMs) => delay(delayMs),
  timeout: (delayMs) => AbortSignal.timeout(delayMs),
};

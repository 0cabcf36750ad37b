import type { Sleep } from "../std/clock.ts";
import type { Random } from "../std/random.ts";

/** What the client takes from where it runs: each part may be replaced, so that a test owns time and chance. */
export interface Platform {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly sleep: Sleep;
  readonly random: Random;
  /** A name that no other call has, of visible ASCII. */
  readonly newId: () => string;
  readonly monotonicMs: () => number;
}

/** The platform as browsers, Workers and Node have it. The only place of the client with a clock and a timer. */
export const PLATFORM: Platform = {
  fetch: (request) => fetch(request),
  sleep: async (delayMs, signal) => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    // oxlint-disable-next-line no-restricted-globals -- AbortSignal.timeout would not keep a Node process alive while it waits.
    const timer = setTimeout(resolve, delayMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  },
  random: () => Math.random(),
  newId: () => crypto.randomUUID(),
  // oxlint-disable-next-line no-restricted-globals -- durations want a clock that never falls.
  monotonicMs: () => performance.now(),
};

import { NearfieldError } from "../client/nearfield-error.ts";
import type { Platform } from "../client/platform.ts";
import { retryDelayMs } from "../client/retry-delay.ts";

/** More patient than the client by itself: a skipped query is another measurement, and a skipped document is missing. */
const TRIES_MAX = 6;
const RETRY_AFTER_MS_MAX = 30_000;
const WAITED_MS_MAX = 60_000;
const RETRIED_STATUS: ReadonlySet<number> = new Set([429, 503, 504]);
/** No reply, or half of one. */
const RETRIED_CODE: ReadonlySet<string> = new Set(["network-error", "timeout", "broken-off"]);

/**
 * Asks until it is answered, as long as waiting may help: at most 6 times and 60 s of waiting.
 * @throws the last try's error
 */
export async function patiently<T>(
  { sleep, random }: Pick<Platform, "sleep" | "random">,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let waitedMs = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NearfieldError) || attempt + 1 >= TRIES_MAX) throw error;
      const mayHelp = RETRIED_STATUS.has(error.status ?? 0) || RETRIED_CODE.has(error.code);
      const delayMs = retryDelayMs(attempt, error.retryAfterMs, random);
      waitedMs += delayMs;
      if (!mayHelp || delayMs > RETRY_AFTER_MS_MAX || waitedMs > WAITED_MS_MAX) throw error;
      await sleep(delayMs, signal);
    }
  }
}

import type { Random } from "../std/random.ts";

const DELAY_MS_BASE = 200;
const DELAY_MS_MAX = 2_000;
/** A server that asks for more than this is better heard by whoever called. */
export const RETRY_AFTER_MS_MAX = 5_000;

/**
 * What to wait before the next try: what the server asked for, plus full jitter, uniform in [0, min(max, base · 2^attempt)), so
 * that clients that were refused together don't come back together.
 *
 * @param attempt tries made before, from 0
 * @see Marc Brooker: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | null, random: Random): number {
  return (
    (retryAfterMs ?? 0) +
    Math.floor(random() * Math.min(DELAY_MS_MAX, DELAY_MS_BASE * 2 ** attempt))
  );
}

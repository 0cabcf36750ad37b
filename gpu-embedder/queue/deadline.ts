/** Until when, and for whom, work is worth doing. */
export interface Deadline {
  /** On the monotonic clock. Told apart from the signal, whose timer may come late on a busy loop. */
  readonly expiresAtMs: number;
  /** Aborts when the caller leaves or the time is over. */
  readonly signal: AbortSignal;
}

/** Time as an argument, so that a test or a simulator can own it. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For stamps that people read, never for durations. */
  wallMs(): number;
  /** Milliseconds since some moment; never falls. For durations. */
  monotonicMs(): number;
}

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export type Sleep = (delayMs: number, signal: AbortSignal) => Promise<void>;

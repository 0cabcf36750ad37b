/** A reading of the log's own clock. Readings of another term or step can't be compared. */
export interface LogTime {
  readonly timeMs: number;
  readonly term: number;
  readonly step: number;
}

/** The log's time now as a process reckons it: at most `timeMs`. */
export interface LogNow extends LogTime {
  /** Log time of the reading that it is reckoned from; left out: it is that reading itself. */
  readonly readMs?: number | undefined;
}

/** A reading together with the moment, on this process's clock, at which it was *asked for*. */
export interface LogSample {
  readonly at: LogNow;
  readonly sentMs: number;
}

/** Past this age a sample says nothing: two machines' clocks may have drifted apart by more than a bound forgives. */
export const SAMPLE_AGE_MS_MAX = 60_000;

/**
 * An upper bound of the log's time now: the reading, plus all that has passed since it was asked for.
 * @param nowMs on the clock of `sample.sentMs`
 * @returns null where the sample is too old, or from the future of a clock that jumped
 */
export function logNow(sample: LogSample | null, nowMs: number): LogNow | null {
  if (sample === null) return null;
  const elapsedMs = nowMs - sample.sentMs;
  if (elapsedMs < 0 || elapsedMs > SAMPLE_AGE_MS_MAX) return null;
  const { at } = sample;
  return { ...at, timeMs: at.timeMs + Math.ceil(elapsedMs), readMs: at.readMs ?? at.timeMs };
}

/**
 * How old what was true at `confirmed` may be, in ms >= 0; null is unknown, which is infinite.
 * A confirmation later than the clock can be now means that the reading can't be right, so nothing is known. One that is later than
 * the reading itself is as old as the reading at most, and counts as that old: between the two the log's clock may have been set forward.
 */
export function stalenessMs(confirmed: LogTime | null, now: LogNow | null): number | null {
  if (confirmed === null || now === null) return null;
  if (confirmed.term !== now.term || confirmed.step !== now.step) return null;
  if (now.timeMs < confirmed.timeMs) return null;
  return now.timeMs - Math.min(confirmed.timeMs, now.readMs ?? now.timeMs);
}

/** The later of two readings; the first where they can't be compared, null counts as earliest. */
export function laterLogTime(a: LogTime | null, b: LogTime | null): LogTime | null {
  if (a === null) return b;
  if (b === null || a.term !== b.term || a.step !== b.step) return a;
  return b.timeMs > a.timeMs ? b : a;
}

/** The earlier of two readings; null, which is unknown, where they can't be compared. */
export function earlierLogTime(a: LogTime | null, b: LogTime | null): LogTime | null {
  if (a === null || b === null || a.term !== b.term || a.step !== b.step) return null;
  return b.timeMs < a.timeMs ? b : a;
}

/** What a reading that shows a region level with the log confirms: what is shown of a sealed log is never fresher than its seal. */
export function confirmedBy({
  now,
  sealed,
}: {
  readonly now: LogTime;
  readonly sealed: LogTime | null;
}): LogTime {
  return sealed ?? now;
}

/** Whether something of this staleness may be served under a bound; unknown may not. */
export function withinBound(staleness: number | null, maxStalenessMs: number): boolean {
  return staleness !== null && staleness <= maxStalenessMs;
}

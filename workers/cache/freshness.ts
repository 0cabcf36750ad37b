import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { Consistency } from "../../shared/contracts/retrieve.ts";
import {
  logNow,
  SAMPLE_AGE_MS_MAX,
  stalenessMs,
  withinBound,
  type LogNow,
  type LogSample,
} from "../../shared/domain/log-clock.ts";
import { lineOfOneTerm, standing } from "../../shared/domain/line.ts";
import type { PositionToken } from "../../shared/domain/point.ts";
import type { Random } from "../../shared/std/random.ts";

/** What a read asks of freshness, with its token read. */
export interface WantedFreshness {
  readonly consistency: Consistency;
  readonly maxStalenessMs: number;
  readonly token: PositionToken | null;
}

/** Without a bound of the caller's, an answer is asked about in its region at least this often. */
const UNASKED_MS_MAX = 60_000;
/** From this age on an answer is computed anew, also if nothing was written: its picture paths expire, and models and code change. */
const ENTRY_MS_MAX = 12 * 3_600_000;

/** Whether an entry is too old to be served or asked about at all. */
export function tooOld(entry: CacheEntry, nowMs: number): boolean {
  return nowMs - entry.madeMs > ENTRY_MS_MAX;
}

/**
 * Whether a cached answer may be served: within the read's level, by what this location knows of the log's clock.
 * `strong` never trusts a cache; where anything is unknown, the answer is no.
 */
export function mayServe(entry: CacheEntry, wanted: WantedFreshness, now: LogNow | null): boolean {
  const { token } = wanted;
  if (
    token !== null &&
    (token.incarnation !== entry.incarnation ||
      // Of another term: whether the entry's line has the token's point is for the region to say.
      token.term !== entry.point.term ||
      standing(lineOfOneTerm(entry.point), token) !== "covered")
  )
    return false;
  switch (wanted.consistency) {
    case "strong":
      return false;
    case "bounded":
    case "session":
    case "eventual":
      return withinBound(stalenessMs(entry.confirmed, now), boundMs(wanted));
  }
}

/** Whether the log's clock is known well enough for any answer to be served, if it is right up to now. */
export function mayServeAny(wanted: WantedFreshness, now: LogNow | null): boolean {
  return withinBound(stalenessMs(now, now), boundMs(wanted));
}

function boundMs({ consistency, maxStalenessMs }: WantedFreshness): number {
  return consistency === "bounded" ? maxStalenessMs : UNASKED_MS_MAX;
}

/**
 * Whether a served answer is to be renewed behind the reply, before it is past its bound: the nearer that is and the longer a renewal takes, the
 * likelier. What is read often is renewed in time by one of its readers; what is read seldom is left alone.
 *
 * @param renewalMs how long a renewal takes, about
 * @see Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015
 */
export function renewsAhead(
  entry: CacheEntry,
  wanted: WantedFreshness,
  now: LogNow | null,
  renewalMs: number,
  random: Random,
): boolean {
  const staleness = stalenessMs(entry.confirmed, now);
  if (staleness === null) return false;
  return -renewalMs * Math.log(1 - random()) > boundMs(wanted) - staleness;
}

const CLOCKS_MAX = 2_000;

/** The logs' clocks as answers have shown them: one sample an incarnation, each an upper bound of the log's time. */
export class LogClocks {
  readonly #samples = new Map<string, LogSample>();

  /** @param sentMs when the request was sent whose answer carried the reading */
  keep(incarnation: string, at: LogNow | null, sentMs: number): void {
    if (at === null) return;
    const known = this.#samples.get(incarnation);
    if (known !== undefined && saysMore(known, { at, sentMs })) return;
    if (this.#samples.size >= CLOCKS_MAX) this.#samples.clear();
    this.#samples.set(incarnation, { at, sentMs });
  }

  now(incarnation: string, nowMs: number): LogNow | null {
    return logNow(this.#samples.get(incarnation) ?? null, nowMs);
  }
}

/** Of one term and step both samples are upper bounds: the later reading leaves less unknown, whenever it was asked for. */
function saysMore(known: LogSample, told: LogSample): boolean {
  const comparable = known.at.term === told.at.term && known.at.step === told.at.step;
  const later = comparable ? readMs(known) - readMs(told) : 0;
  if (later === 0 || told.sentMs - known.sentMs > SAMPLE_AGE_MS_MAX)
    return known.sentMs > told.sentMs;
  return later > 0;
}

function readMs({ at }: LogSample): number {
  return at.readMs ?? at.timeMs;
}

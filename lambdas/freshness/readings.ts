import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import {
  confirmedBy,
  laterLogTime,
  logNow,
  type LogNow,
  type LogSample,
  type LogTime,
} from "../../shared/domain/log-clock.ts";
import { standingToHead } from "../../shared/domain/line.ts";
import { samePoint, type Point } from "../../shared/domain/point.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { LogReading, WriteLog } from "../ports/write-log.ts";

interface Known {
  sample: LogSample | null;
  /** A point and the latest log time at which the log was seen to end there. */
  level: { readonly point: Point; readonly at: LogTime } | null;
  /** A confirm under way that readers may share. */
  shared: Promise<LogReading> | null;
  /** What the region was found to hold that the log has not. */
  offLine: Point | null;
}

const COLLECTIONS_MAX = 2_000;
const CONFIRM_MS_MAX = 5_000;

/**
 * What this process knows of the logs' ends and of their clocks. Nothing here is needed to be right: without it all is unknown,
 * and unknown is infinitely stale.
 */
export class Readings {
  readonly #log: WriteLog;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(log: WriteLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** The log's time now, an upper bound; null if unknown. */
  now(incarnation: string): LogNow | null {
    return logNow(this.#known.get(incarnation)?.sample ?? null, this.#clock.monotonicMs());
  }

  keepSample(incarnation: string, sample: LogSample): void {
    const known = this.#of(incarnation);
    // An answer that was asked for earlier may arrive later: only a newer reading replaces one.
    if (known.sample === null || sample.sentMs >= known.sample.sentMs) known.sample = sample;
  }

  /** Latest log time at which the log is known to have ended at `point`: the checkpoint's own, or one confirmed since. */
  confirmed(incarnation: string, point: Point, checkpointed: LogTime | null): LogTime | null {
    const level = this.#known.get(incarnation)?.level ?? null;
    return level !== null && samePoint(level.point, point)
      ? laterLogTime(level.at, checkpointed)
      : checkpointed;
  }

  /** Reads the log's head, beginning after this call. */
  async confirm(record: CollectionRecord, signal: AbortSignal): Promise<LogReading> {
    const sentMs = this.#clock.monotonicMs();
    const reading = await this.#log.confirm(record, signal);
    this.keep(record.incarnation, reading, sentMs);
    return reading;
  }

  /** @param sentMs when it was asked for */
  keep(incarnation: string, reading: LogReading, sentMs: number): void {
    this.keepSample(incarnation, { at: reading.now, sentMs });
    this.keepLevel(incarnation, reading);
  }

  /** Remembers where the log ended at a moment of its own clock. */
  keepLevel(incarnation: string, reading: LogReading): void {
    const { head, now } = reading;
    const at = confirmedBy(reading);
    const known = this.#of(incarnation);
    const { level, offLine } = known;
    if (offLine !== null && standingToHead(offLine, reading) !== "lost") known.offLine = null;
    // After a promotion the log may end earlier than it did.
    if (level === null || level.at.term < now.term || level.point.position <= head.position)
      known.level = { point: head, at };
  }

  /** Remembers that the log has not what the region holds: until it holds something else it shows nothing as fresh. */
  keepOffLine(incarnation: string, held: Point): void {
    this.#of(incarnation).offLine = held;
  }

  isOffLine(incarnation: string, held: Point): boolean {
    const { offLine } = this.#of(incarnation);
    return offLine !== null && samePoint(offLine, held);
  }

  /** Joins a confirm that is under way, else begins one: for bounds, where a reading of a moment ago does. */
  confirmShared(record: CollectionRecord): Promise<LogReading> {
    const known = this.#of(record.incarnation);
    known.shared ??= this.confirm(record, AbortSignal.timeout(CONFIRM_MS_MAX)).finally(() => {
      known.shared = null;
    });
    return known.shared;
  }

  #of(incarnation: string): Known {
    const known = this.#known.get(incarnation);
    if (known !== undefined) return known;
    if (this.#known.size >= COLLECTIONS_MAX) this.#known.clear();
    const fresh: Known = { sample: null, level: null, shared: null, offLine: null };
    this.#known.set(incarnation, fresh);
    return fresh;
  }
}

import type { Point } from "../../shared/domain/point.ts";

/** How much of a log there is. */
export interface LogTail {
  readonly head: Point;
  /** First position that was not trimmed. */
  readonly start: number;
  /** Of all entries that were ever appended. */
  readonly bytes: number;
}

/** How far a region has told that it is. */
export interface RegionReport {
  readonly region: string;
  readonly position: number;
  /** By the log's own clock: since it told so. */
  readonly silentMs: number;
}

/** What keeps a collection's log from growing without end. Every method throws where the log can't be reached. */
export interface LogUpkeep {
  tail(incarnation: string, signal: AbortSignal): Promise<LogTail>;
  /** The segments that any entry of the log names: all of them, or it throws. */
  namedSegments(incarnation: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** A region tells how far its checkpoint is: nothing behind that is trimmed while it tells so. */
  report(incarnation: string, region: string, point: Point, signal: AbortSignal): Promise<void>;
  reports(incarnation: string, signal: AbortSignal): Promise<readonly RegionReport[]>;
  /**
   * Removes entries up to a point, no further than every region has told that it is, one that was silent for `silentMsMax` left out;
   * the last entry always stays. A bounded number at once.
   *
   * @returns where the log begins then, and whether there is more; null, with nothing done, where the point is not on its line
   */
  trim(
    incarnation: string,
    to: Point,
    silentMsMax: number,
    signal: AbortSignal,
  ): Promise<{ readonly start: number; readonly more: boolean } | null>;
}

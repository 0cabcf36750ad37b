import type { LogTime } from "./log-clock.ts";
import type { Point } from "./point.ts";

/** Up to where an answer is known to be right, and the latest log time at which the log was seen to end there. */
export interface RightUpTo {
  readonly point: Point;
  /** Null is unknown. */
  readonly confirmed: LogTime | null;
}

/**
 * The later of two things known of one answer: what is known of it never goes back. On one line terms rise with positions; where a
 * promotion has lost a tail, the later term is the one that stands.
 */
export function laterOf(known: RightUpTo, told: RightUpTo): RightUpTo {
  const ahead = told.point.term - known.point.term || told.point.position - known.point.position;
  if (ahead !== 0) return ahead > 0 ? told : known;
  return isLater(told.confirmed, known.confirmed) ? told : known;
}

/** One log's clock never falls within a step, and its terms and steps only rise. */
function isLater(a: LogTime | null, b: LogTime | null): boolean {
  if (a === null || b === null) return a !== null;
  return (a.term - b.term || a.step - b.step || a.timeMs - b.timeMs) > 0;
}

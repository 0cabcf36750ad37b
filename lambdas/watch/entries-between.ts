import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { samePoint, type Point } from "../../shared/domain/point.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { followLine, LineBroken, readEntries, type ReadEntry } from "../replicate/judge.ts";

/** More than this was not tested for long: then whatever is on the list may go. */
const PAGES_MAX = 8;

/**
 * The log's entries from one point to a later one; null where the first is not on the line of the second, or they are too many.
 * @throws Problem `log-unavailable`
 */
export async function entriesBetween(
  log: WriteLog,
  collection: LaidOutCollection,
  from: Point,
  to: Point,
  signal: AbortSignal,
): Promise<readonly ReadEntry[] | null> {
  const found: ReadEntry[] = [];
  let point = from;
  try {
    for (let page = 0; page < PAGES_MAX; page++) {
      const { entries: pulled } = await log.pull(collection, point.position + 1, signal);
      const entries = pulled.filter(({ position }) => position <= to.position);
      if (entries.length === 0) return null;
      point = followLine(point, entries);
      found.push(...readEntries(entries));
      if (point.position === to.position) return samePoint(point, to) ? found : null;
    }
    return null;
  } catch (error) {
    if (error instanceof LineBroken) return null;
    throw error;
  }
}

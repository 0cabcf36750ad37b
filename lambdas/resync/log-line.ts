import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { nextChain, samePoint, type Point } from "../../shared/domain/point.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { LoggedEntry, WriteLog } from "../ports/write-log.ts";

/**
 * Whether a point is on the log's line: it is the log's end, or the next entry's chain continues its own. So it can also be told of
 * a point that the log was just trimmed up to; where the next entry is gone it is not known, which counts as no.
 *
 * @throws Problem `log-unavailable`
 */
export async function isOnLine(
  log: Pick<WriteLog, "pull">,
  collection: LaidOutCollection,
  point: Point,
  signal: AbortSignal,
): Promise<boolean> {
  const { head, entries } = await log.pull(collection, point.position + 1, signal);
  if (head.position <= point.position) return samePoint(head, point);
  const [next] = entries;
  return next !== undefined && next.term >= point.term && continues(point, next);
}

/** The chain of an entry that is no longer there is not known. */
const TRIMMED = "";

/** Whether an entry is the next one of a line. */
function continues(
  { position, chain }: Pick<Point, "position" | "chain">,
  next: LoggedEntry,
): boolean {
  return (
    next.position === position + 1 &&
    sha256Hex(next.json) === next.digest &&
    nextChain(chain, next.digest) === next.chain
  );
}

/**
 * The first position behind which the log is whole up to its end. Only a snapshot at it or past it can be followed by the log: what
 * is missing, or does not have its digest, is before.
 *
 * @throws Problem `log-unavailable`
 */
export async function wholeBehind(
  log: WriteLog,
  collection: LaidOutCollection,
  origin: Point,
  signal: AbortSignal,
): Promise<number> {
  let before: Pick<Point, "position" | "chain"> = origin;
  let whole = 0;
  for (;;) {
    const page = await log.pull(collection, before.position + 1, signal);
    if (page.start > before.position + 1) {
      // What was trimmed is no damage, but nobody can begin there.
      whole = page.start - 1;
      before = { position: whole, chain: TRIMMED };
      continue;
    }
    for (const entry of page.entries) {
      if (sha256Hex(entry.json) !== entry.digest) whole = entry.position;
      else if (
        entry.position !== before.position + 1 ||
        (before.chain !== TRIMMED && !continues(before, entry))
      )
        whole = entry.position - 1;
      before = entry;
    }
    if (page.head.position <= before.position) return whole;
    // The log's end is missing.
    if (page.entries.length === 0) return page.head.position;
  }
}

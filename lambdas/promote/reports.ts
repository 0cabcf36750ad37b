import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { lastInCommon, standingToHead } from "../../shared/domain/line.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { LogReading } from "../ports/write-log.ts";

/** What one region said that it holds of a collection; null: nothing, or it can't say. */
export interface Report {
  readonly region: string;
  readonly point: Point | null;
}

type End = Pick<LogReading, "head" | "terms">;

/** How many entries the regions hold together that the log has not: those of the one that holds most. */
export function lostEntries(reports: readonly Report[], end: End): number {
  const counts = reports.map(({ point }) =>
    point !== null && isLost(point, end)
      ? Math.max(1, point.position - lastInCommon(point, end))
      : 0,
  );
  return Math.max(0, ...counts);
}

export function isLost(point: Point, end: End): boolean {
  return standingToHead(point, end) === "lost";
}

/**
 * The region that is to accept the writes: the primary where it holds nothing that the log has lost, else of those that hold nothing
 * lost the one that is furthest; where all do, the primary again, or the furthest. Every region comes to the same from the same reports.
 *
 * @param reports at least one
 */
export function choosePrimary(
  { primary }: Pick<CollectionRecord, "primary">,
  reports: readonly Report[],
  end: End,
): string {
  const order = reports.map(({ region, point }) => ({
    region,
    lost: point !== null && isLost(point, end),
    position: point?.position ?? -1,
  }));
  order.sort(
    (a, b) =>
      Number(a.lost) - Number(b.lost) ||
      Number(b.region === primary) - Number(a.region === primary) ||
      b.position - a.position ||
      (a.region < b.region ? -1 : 1),
  );
  return order[0]?.region ?? primary;
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Point } from "../../shared/domain/point.ts";

/**
 * Begins the log of a restored collection where another one's ended: nobody sees it before it is registered. Every method throws
 * where the log can't be reached.
 */
export interface LogSeeder {
  /** A log of nothing that goes on behind a point. @param schemaVersion that it is at there */
  begin(
    record: CollectionRecord,
    point: Point,
    schemaVersion: number,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Adds entries as they are, behind one another.
   * @param from the position that they follow: where the log is elsewhere, nothing is added
   * @returns where it ends then, or ended already
   */
  append(
    record: CollectionRecord,
    from: number,
    entries: readonly string[],
    signal: AbortSignal,
  ): Promise<Point>;
  /** From here on it is a collection like any other. @returns the record that stands: another one if the name was taken */
  register(record: CollectionRecord, signal: AbortSignal): Promise<CollectionRecord>;
  /**
   * Removes a log that was not registered; from then on it can't be.
   * @returns whether there is none now; false: it is registered, and is as it was
   */
  abandon(incarnation: string, signal: AbortSignal): Promise<boolean>;
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { Point } from "../../shared/domain/point.ts";

export interface SealRequest {
  /** The incarnation that goes on in its place; null where none does. */
  readonly to: string | null;
  /** What the caller's region holds, as of an append. */
  readonly held: Point | null;
}

export type SealOutcome =
  /** The log's last entry, and its log time. */
  | { readonly kind: "sealed"; readonly point: Point; readonly at: LogTime }
  | { readonly kind: "stale-term" | "unknown-collection" | "log-restarted" }
  /** The record was changed at the same time: look again. */
  | { readonly kind: "stale-record" }
  /** As many are being removed already as may be. */
  | { readonly kind: "full" };

/** What is left of a collection that was deleted, until every region has removed its part. */
export interface Tombstone {
  readonly record: CollectionRecord;
  /** Regions that have said that they have. */
  readonly removedBy: readonly string[];
}

/** How a collection's log ends. Every method throws Problem `log-unavailable` if the log can't be reached in time. */
export interface Seals {
  /**
   * The log's last entry: nothing is appended behind it, no reading confirms anything later, and no promotion follows. In the same step the name
   * is free, and a tombstone is left. A log that is sealed already says so again.
   */
  seal(record: CollectionRecord, request: SealRequest, signal: AbortSignal): Promise<SealOutcome>;
  tombstones(signal: AbortSignal): Promise<readonly Tombstone[]>;
  /**
   * A region has removed its part. Once as many have as there are regions, the log is removed; a day after the seal the tombstone is. One
   * that says nothing for a week is not waited for.
   * @returns whether nothing of the log is left, which nobody reads any more
   */
  removed(
    incarnation: string,
    region: string,
    regions: number,
    signal: AbortSignal,
  ): Promise<boolean>;
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Reconciled } from "../../shared/contracts/reconciled.ts";

/** How far the vectors of new spaces are made. Lost, a fill begins anew, and passes quickly over what is there. */
export interface Fill {
  /** Of the shard map whose spaces they are. */
  readonly map: number;
  readonly shard: number;
  readonly after: string | null;
  /** Documents that were looked at in this pass. */
  readonly looked: number;
  /** Whether this pass has written anything, so that another one must look whether all is there. */
  readonly wrote: boolean;
}

/** What a region knows of its last comparison of a collection with the primary's copy. Lost, they are compared again. */
export interface Comparison extends Reconciled {
  /** Which tables of the collection were compared. */
  readonly tables: number;
  /** They were built anew because they differed, and differ still: then building again is no cure. */
  readonly rebuilt: boolean;
}

/**
 * What a region keeps near for itself, in its own Redis. Losing any of it costs time, never truth; so a failing cache
 * answers null, and counts it.
 */
export interface RegionCache {
  /** Vectors of queries, and of documents that are being written, by (model digest, content hash), in the order asked. */
  vectors(names: readonly string[], signal: AbortSignal): Promise<readonly (Float32Array | null)[]>;
  /** @param keptS seconds; a week where not said */
  keepVectors(
    vectors: readonly { readonly name: string; readonly vector: Float32Array }[],
    signal: AbortSignal,
    keptS?: number,
  ): Promise<void>;
  record(tenant: string, name: string, signal: AbortSignal): Promise<CollectionRecord | null>;
  /** How far a fill of a collection is; null if not known. */
  fill(incarnation: string, signal: AbortSignal): Promise<Fill | null>;
  keepFill(incarnation: string, fill: Fill, signal: AbortSignal): Promise<void>;
  keepRecord(record: CollectionRecord, signal: AbortSignal): Promise<void>;
  comparison(incarnation: string, signal: AbortSignal): Promise<Comparison | null>;
  keepComparison(incarnation: string, comparison: Comparison, signal: AbortSignal): Promise<void>;
  /** How long the newest entries took from the log until they could be read here, ms each; null if not known. */
  lags(incarnation: string, signal: AbortSignal): Promise<readonly number[] | null>;
  /** @param lagsMs oldest first */
  keepLags(incarnation: string, lagsMs: readonly number[], signal: AbortSignal): Promise<void>;
}

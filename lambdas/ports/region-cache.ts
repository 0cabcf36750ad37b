import type { CollectionRecord } from "../../shared/contracts/collection.ts";

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
  /** Documents of a collection whose vectors were made for a space that is being filled; null if not known. */
  vectorsMade(incarnation: string, signal: AbortSignal): Promise<number | null>;
  keepVectorsMade(incarnation: string, documents: number, signal: AbortSignal): Promise<void>;
  keepRecord(record: CollectionRecord, signal: AbortSignal): Promise<void>;
}

import type { KeyRecord } from "../../shared/contracts/caller.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";

/** A region's Redis as a location uses it. Methods reject when it does not answer in time. */
export interface RegionStore {
  readonly region: string;
  /** The record of an API key, by its digest; null if there is none. */
  key(digest: string, signal: AbortSignal): Promise<KeyRecord | null>;
  entry(key: string, signal: AbortSignal): Promise<string | null>;
  keepEntry(key: string, entry: string, signal: AbortSignal): Promise<void>;
  /**
   * The region's watch list of a collection: up to where the answers on it are right, and which of these are on it, in the order
   * asked; both of one moment. Null where there is no list.
   */
  watched(
    incarnation: string,
    entryIds: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly standing: RightUpTo; readonly has: readonly boolean[] } | null>;
}

import type { KeyRecord } from "../../shared/contracts/caller.ts";

/** A region's Redis as a location uses it. Methods reject when it does not answer in time. */
export interface RegionStore {
  readonly region: string;
  /** The record of an API key, by its digest; null if there is none. */
  key(digest: string, signal: AbortSignal): Promise<KeyRecord | null>;
  entry(key: string, signal: AbortSignal): Promise<string | null>;
  keepEntry(key: string, entry: string, signal: AbortSignal): Promise<void>;
}

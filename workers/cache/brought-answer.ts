import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { Tier } from "../../shared/contracts/retrieve.ts";

/** An answer as a call to a region brought it: for the reader who called, and for those who waited. */
export interface BroughtAnswer {
  readonly entry: CacheEntry;
  /** `region`, or the tier whose answer the region found unchanged. */
  readonly tier: Tier;
  /** Times of the region's stages, ms; null where it only said that nothing has changed. */
  readonly timings: Readonly<Record<string, number>> | null;
  /** Whether something was left out because the reader who called had little time: no answer for others. */
  readonly hurried: boolean;
}

import type { KeyRecord } from "../../shared/contracts/caller.ts";
import type { HotQuery } from "../../shared/contracts/hot-query.ts";
import type { Job } from "../../shared/contracts/job.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";

/** A query, and how often it was asked since it was told last. */
export interface Asked {
  readonly key: string;
  readonly count: number;
  readonly query: HotQuery;
}

/** A query that is asked for often, and the cache key of its answer. */
export interface HotKey {
  readonly key: string;
  readonly query: HotQuery;
}

/** Regions records in one region's Redis. */
export interface PublishedRegions {
  /** What was published last, whatever it is, cut off past its bound; null where nothing is. */
  readonly published: string | null;
  /** The newest that a location has taken; null where none has. */
  readonly kept: { readonly version: number; readonly text: string } | null;
}

/** A region's Redis as a location uses it. Methods reject when it does not answer in time. */
export interface RegionStore {
  readonly region: string;
  /** The record of an API key, by its digest; null if there is none. */
  key(digest: string, signal: AbortSignal): Promise<KeyRecord | null>;
  entry(key: string, signal: AbortSignal): Promise<string | null>;
  /** @param keys 1 to 100 @returns in the order asked */
  entries(keys: readonly string[], signal: AbortSignal): Promise<readonly (string | null)[]>;
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
  /** Adds to the region's hot queries. @param nowMs wall clock */
  heatUp(asked: readonly Asked[], nowMs: number, signal: AbortSignal): Promise<void>;
  /**
   * The hottest queries, hottest first; those that hardly anybody asks any more, and what another release remembered in another form,
   * are left out.
   * @param nowMs wall clock
   */
  hottest(count: number, nowMs: number, signal: AbortSignal): Promise<readonly HotKey[]>;
  /** Kept for an hour after it was written last. */
  keepJob(tenant: string, job: Job, signal: AbortSignal): Promise<void>;
  job(tenant: string, id: string, signal: AbortSignal): Promise<Job | null>;
  regions(signal: AbortSignal): Promise<PublishedRegions>;
  /** Keeps a record that was taken, if it is newer than what is kept. */
  keepRegions(version: number, text: string, signal: AbortSignal): Promise<void>;
  /**
   * Publishes a record, if what is published is what was read, and no other one is kept that is as new.
   * @param expected as `regions` gave it
   */
  publishRegions(
    expected: string | null,
    version: number,
    text: string,
    signal: AbortSignal,
  ): Promise<"taken" | "changed">;
}

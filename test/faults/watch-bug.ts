import type { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { RegionStore } from "../../workers/ports/region-store.ts";

type WatchedStore = Pick<RegionStore, "region" | "watched">;

/** What a planted bug may look at. */
export interface SeenByBugs {
  readonly redis: ReturnType<typeof createUpstashClient>;
  readonly idsByQuery: ReadonlyMap<number, readonly string[]>;
  readonly appliedFrom: Point | null;
}

/** What a planted bug makes of the parts. */
export interface Bug {
  readonly list?: (list: WatchList, world: SeenByBugs) => WatchList;
  readonly store?: (store: WatchedStore, world: SeenByBugs) => WatchedStore;
  /** Before the hits are read, whether a copy may be labelled with the point that is read after them. */
  readonly pointAfterLegs?: boolean;
  /** What a copy is after a look. */
  readonly told?: (before: CacheEntry, after: CacheEntry, standing: Standing | null) => CacheEntry;
}

type Standing = Pick<CacheEntry, "point" | "confirmed">;

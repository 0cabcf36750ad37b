import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { laterOf } from "../../shared/domain/right-up-to.ts";
import type { RegionStore } from "../ports/region-store.ts";

export interface RevalidatorDeps {
  /** Regions' Redis, by the region's name. */
  readonly stores: ReadonlyMap<string, Pick<RegionStore, "region" | "watched">>;
  readonly nowMs: () => number;
  /** Longest that a look into a region's Redis may take, ms. */
  readonly readMsMax: (region: string) => number;
  /** Counts the looks that failed. */
  readonly onFailure: () => void;
}

/** Answers of one collection that one look asks about. */
export const LOOK_MAX = 100;
/** A region's Redis that did not answer is left alone for so long: each look at it would cost a read its time-out. */
const SPARED_MS = 1_000;

/** Whether an answer may be on a watch list that says by itself whether it is right: what was reranked also takes the same weights. */
export function isListed({ watch, reranker }: CacheEntry): boolean {
  return watch === "on" && reranker === undefined;
}

/**
 * Asks the watch list of the region that computed an answer whether it is still right: one small read of that region's Redis, for
 * several answers of a collection at once. Whatever fails, nothing is known, and the region itself is asked.
 */
export class Revalidator {
  readonly #deps: RevalidatorDeps;
  readonly #sparedUntilMs = new Map<string, number>();

  constructor(deps: RevalidatorDeps) {
    this.#deps = deps;
  }

  /**
   * @param entries 1 to `LOOK_MAX`, of the region and the incarnation of the first
   * @returns each as it is known now, or as on no list any more, which says nothing of it; null where the list could not be read
   */
  async look(entries: readonly CacheEntry[]): Promise<CacheEntry[] | null> {
    const { stores, nowMs, readMsMax, onFailure } = this.#deps;
    const [first] = entries;
    const store = first === undefined ? undefined : stores.get(first.region);
    if (first === undefined || store === undefined) return null;
    if (nowMs() < (this.#sparedUntilMs.get(store.region) ?? 0)) return null;
    try {
      const ids = entries.map(({ entryId }) => entryId);
      const signal = AbortSignal.timeout(readMsMax(store.region));
      const list = await store.watched(first.incarnation, ids, signal);
      return entries.map((entry, i) => {
        if (list === null || list.has[i] !== true) return { ...entry, watch: "unasked" };
        const { point, confirmed } = laterOf(entry, list.standing);
        return { ...entry, point, confirmed };
      });
    } catch {
      this.#sparedUntilMs.set(store.region, nowMs() + SPARED_MS);
      onFailure();
      return null;
    }
  }
}

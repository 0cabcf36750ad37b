import { LRUCache } from "lru-cache";

/** A region that lacked a shard is passed over for so long. */
const GAP_MS = 2_000;
/** While it is tried again, others wait this long before they do too. */
const TRIAL_MS = 1_000;
const KNOWN_MAX = 1_000;

/**
 * Which regions lately lacked a shard of which collection, as one location has seen it. Apart from the regions' health: a
 * collection whose shard is gone says nothing about the others.
 */
export class RegionGaps {
  readonly #passedOverUntilMs = new LRUCache<string, number>({ max: KNOWN_MAX });

  /** @param about the collection, apart from other tenants' */
  found(about: string, region: string, nowMs: number): void {
    this.#passedOverUntilMs.set(`${region} ${about}`, nowMs + GAP_MS);
  }

  closed(about: string, region: string): void {
    this.#passedOverUntilMs.delete(`${region} ${about}`);
  }

  /** The regions in the given order, those with a gap last. The first one whose gap is old is given to one asker at a time. */
  order(regions: readonly string[], about: string, nowMs: number): string[] {
    const [whole, gaps]: [string[], string[]] = [[], []];
    for (const region of regions) {
      const untilMs = this.#passedOverUntilMs.get(`${region} ${about}`);
      const tried = untilMs !== undefined && nowMs >= untilMs && whole.length === 0;
      if (tried) this.#passedOverUntilMs.set(`${region} ${about}`, nowMs + TRIAL_MS);
      (untilMs === undefined || tried ? whole : gaps).push(region);
    }
    return [...whole, ...gaps];
  }
}

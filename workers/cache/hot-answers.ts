import { LRUCache } from "lru-cache";
import { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { Tier } from "../../shared/contracts/retrieve.ts";
import { laterLogTime } from "../../shared/domain/log-clock.ts";
import type { LocationCache } from "../ports/location-cache.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { mayServe, tooOld, type LogClocks, type WantedFreshness } from "./freshness.ts";

export interface HotAnswersDeps {
  readonly location: LocationCache;
  /** The nearest region's Redis; null if none can be asked now. */
  readonly redis: () => RegionStore | null;
  readonly clocks: LogClocks;
  readonly nowMs: () => number;
  /** Longest that a look into Redis may take, ms. */
  readonly redisMsMax: () => number;
  /** Counts what a tier could not do. */
  readonly onFailure: (tier: Tier) => void;
}

/** An isolate has 128 MB for everything. */
const ISOLATE_BYTES_MAX = 24 * 1024 * 1024;
const LOCATION_S = 300;

export type Lookup =
  | { readonly kind: "fresh"; readonly entry: CacheEntry; readonly tier: Tier }
  /** Too old for this read, but if its point still stands in the region, it is the answer. */
  | { readonly kind: "stale"; readonly entry: CacheEntry; readonly tier: Tier }
  | { readonly kind: "miss" };

/** Cached answers in three tiers: this isolate, this location, the nearest region's Redis. A hit below fills the tiers above. */
export class HotAnswers {
  readonly #deps: HotAnswersDeps;
  readonly #isolate = new LRUCache<string, CacheEntry>({
    maxSize: ISOLATE_BYTES_MAX,
    sizeCalculation: (entry, key) => 2 * (entry.answer.length + key.length) + 1_000,
  });

  constructor(deps: HotAnswersDeps) {
    this.#deps = deps;
  }

  async find(
    key: string,
    wanted: WantedFreshness,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Lookup> {
    const near = this.#young(this.#isolate.get(key) ?? null);
    if (near !== null && this.#serves(near, wanted))
      return { kind: "fresh", entry: near, tier: "isolate" };
    const local = await this.#read("edge", () => this.#deps.location.get(key));
    if (local !== null && this.#serves(local, wanted)) {
      this.#isolate.set(key, local);
      return { kind: "fresh", entry: local, tier: "edge" };
    }
    const held = newer(near, local);
    // A held answer is asked about in the region, at the price of one round trip: looking into Redis first would cost one more.
    if (held !== null)
      return { kind: "stale", entry: held, tier: held === near ? "isolate" : "edge" };
    const store = this.#deps.redis();
    if (store === null) return { kind: "miss" };
    const far = await this.#read("redis", () =>
      store.entry(key, AbortSignal.timeout(this.#deps.redisMsMax())),
    );
    if (far === null) return { kind: "miss" };
    if (!this.#serves(far, wanted)) return { kind: "stale", entry: far, tier: "redis" };
    this.#isolate.set(key, far);
    defer(this.#writeLocation(key, JSON.stringify(far)));
    return { kind: "fresh", entry: far, tier: "redis" };
  }

  /** Keeps a whole answer in every tier; too large ones are left out. */
  keep(key: string, entry: CacheEntry, defer: (work: Promise<unknown>) => void): void {
    const { missing, unfilled } = entry.coverage;
    const whole = missing.length === 0 && unfilled === undefined;
    if (!whole || entry.answer.length > LIMITS.cachedAnswerCharsMax) return;
    this.#isolate.set(key, entry);
    const text = JSON.stringify(entry);
    defer(this.#writeLocation(key, text));
    const store = this.#deps.redis();
    if (store !== null)
      defer(this.#write("redis", () => store.keepEntry(key, text, AbortSignal.timeout(2_000))));
  }

  #young(entry: CacheEntry | null): CacheEntry | null {
    return entry === null || tooOld(entry, this.#deps.nowMs()) ? null : entry;
  }

  #serves(entry: CacheEntry, wanted: WantedFreshness): boolean {
    return mayServe(entry, wanted, this.#deps.clocks.now(entry.incarnation, this.#deps.nowMs()));
  }

  async #read(tier: Tier, get: () => Promise<string | null>): Promise<CacheEntry | null> {
    try {
      const text = await get();
      return text === null ? null : this.#young(CacheEntry.parse(JSON.parse(text)));
    } catch {
      this.#deps.onFailure(tier);
      return null;
    }
  }

  #writeLocation(key: string, text: string): Promise<void> {
    return this.#write("edge", () => this.#deps.location.put(key, text, LOCATION_S));
  }

  async #write(tier: Tier, put: () => Promise<void>): Promise<void> {
    try {
      await put();
    } catch {
      this.#deps.onFailure(tier);
    }
  }
}

/** Of two copies the one that is known to be right for longer. */
function newer(a: CacheEntry | null, b: CacheEntry | null): CacheEntry | null {
  if (a === null || b === null) return a ?? b;
  if (a.point.position !== b.point.position) return a.point.position > b.point.position ? a : b;
  return laterLogTime(a.confirmed, b.confirmed) === a.confirmed ? a : b;
}

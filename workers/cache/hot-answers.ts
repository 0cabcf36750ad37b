import { LRUCache } from "lru-cache";
import { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { Tier } from "../../shared/contracts/retrieve.ts";
import { laterOf } from "../../shared/domain/right-up-to.ts";
import type { LocationCache } from "../ports/location-cache.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { isListed, LOOK_MAX, type Revalidator } from "./revalidate.ts";
import { mayServe, tooOld, type LogClocks, type WantedFreshness } from "./freshness.ts";

export interface HotAnswersDeps {
  readonly location: LocationCache;
  /** The nearest region's Redis; null if none can be asked now. */
  readonly redis: () => RegionStore | null;
  readonly revalidator: Revalidator;
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
/** Answers used last, among which those of a list are looked for. */
const BESIDE_LOOKED_MAX = 300;

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
    // A held answer is asked about where it was computed, at the price of one round trip: looking for another copy would cost one more.
    if (held !== null)
      return this.#ask(key, held, held === near ? "isolate" : "edge", wanted, defer);
    const store = this.#deps.redis();
    if (store === null) return { kind: "miss" };
    const far = await this.#read("redis", () =>
      store.entry(key, AbortSignal.timeout(this.#deps.redisMsMax())),
    );
    if (far === null) return { kind: "miss" };
    if (!this.#serves(far, wanted)) return this.#ask(key, far, "redis", wanted, defer);
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

  /** Past its bound: fresh, if the watch list says that it is right up to now. */
  async #ask(
    key: string,
    held: CacheEntry,
    tier: Tier,
    wanted: WantedFreshness,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Lookup> {
    const stale: Lookup = { kind: "stale", entry: held, tier };
    // Strong reads are for the region; and without the log's time nothing could be served, whatever the list says.
    if (wanted.consistency === "strong" || !isListed(held) || this.#now(held) === null)
      return stale;
    const beside = this.#beside(key, held);
    const told = await this.#deps.revalidator.look([held, ...beside.map(([, entry]) => entry)]);
    if (told === null) return stale;
    const [entry = held, ...others] = told;
    for (const [i, other] of others.entries()) this.#isolate.set(beside[i]?.[0] ?? "", other);
    this.#isolate.set(key, entry);
    if (!this.#serves(entry, wanted)) return { kind: "stale", entry, tier };
    defer(this.#writeLocation(key, JSON.stringify(entry)));
    return { kind: "fresh", entry, tier };
  }

  /** Other answers that this isolate holds of the same list: asking about them too costs nothing. */
  #beside(key: string, { region, incarnation }: CacheEntry): [string, CacheEntry][] {
    const found: [string, CacheEntry][] = [];
    let looked = 0;
    for (const [otherKey, other] of this.#isolate.entries()) {
      if (++looked > BESIDE_LOOKED_MAX || found.length === LOOK_MAX - 1) break;
      const same = other.region === region && other.incarnation === incarnation;
      if (same && otherKey !== key && isListed(other)) found.push([otherKey, other]);
    }
    return found;
  }

  #now({ incarnation }: CacheEntry) {
    return this.#deps.clocks.now(incarnation, this.#deps.nowMs());
  }

  #young(entry: CacheEntry | null): CacheEntry | null {
    return entry === null || tooOld(entry, this.#deps.nowMs()) ? null : entry;
  }

  #serves(entry: CacheEntry, wanted: WantedFreshness): boolean {
    return mayServe(entry, wanted, this.#now(entry));
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

/**
 * Of two copies of a key the one that is known to be right for longer. They may be two answers, of two regions: then each is as right
 * as it says.
 */
function newer(a: CacheEntry | null, b: CacheEntry | null): CacheEntry | null {
  if (a === null || b === null) return a ?? b;
  return laterOf(a, b) === a ? a : b;
}

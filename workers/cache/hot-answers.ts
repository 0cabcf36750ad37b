import { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { StaleReason } from "../../shared/contracts/cache-status.ts";
import type { Tier } from "../../shared/contracts/retrieve.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { laterOf } from "../../shared/domain/right-up-to.ts";
import type { Random } from "../../shared/std/random.ts";
import type { LocationCache } from "../ports/location-cache.ts";
import type { RegionStore } from "../ports/region-store.ts";
import {
  mayServe,
  mayServeAny,
  renewsAhead,
  tooOld,
  type LogClocks,
  type WantedFreshness,
} from "./freshness.ts";
import { IsolateAnswers } from "./isolate-answers.ts";
import { isListed, LOOK_MAX, type Revalidator } from "./revalidate.ts";
import { isKeepable } from "./to-entry.ts";

export interface HotAnswersDeps {
  readonly location: LocationCache;
  /** The nearest region's Redis; null if none can be asked now. */
  readonly redis: () => Pick<RegionStore, "entry" | "keepEntry"> | null;
  readonly revalidator: Revalidator;
  readonly clocks: LogClocks;
  readonly nowMs: () => number;
  readonly random: Random;
  /** Longest that a look into Redis may take, ms. */
  readonly redisMsMax: () => number;
  /** Counts what a tier could not do. */
  readonly onFailure: (tier: Tier) => void;
}

/** Time that an answer stays in the location's cache: in between by chance, so that what was stored together does not go together. */
const LOCATION_S_MIN = 270;
const LOCATION_S_MAX = 330;
/** Answers used last, among which those of a list are looked for. */
const BESIDE_LOOKED_MAX = 300;

export type Lookup =
  | { readonly kind: "fresh"; readonly entry: CacheEntry; readonly tier: Tier }
  /** Not to be served to this read, but if its point still stands in the region, it is the answer. */
  | {
      readonly kind: "stale";
      readonly entry: CacheEntry;
      readonly tier: Tier;
      readonly why: StaleReason;
    }
  | { readonly kind: "miss" };

/** Cached answers in three tiers: this isolate, this location, the nearest region's Redis. A hit below fills the tiers above. */
export class HotAnswers {
  readonly #deps: HotAnswersDeps;
  readonly #isolate = new IsolateAnswers();

  constructor(deps: HotAnswersDeps) {
    this.#deps = deps;
  }

  async find(
    key: string,
    wanted: WantedFreshness,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Lookup> {
    const near = this.#young(this.#isolate.get(key));
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

  /** What this isolate may serve by now: others may have brought it since it was looked for. */
  brought(key: string, wanted: WantedFreshness): CacheEntry | null {
    const entry = this.#young(this.#isolate.get(key));
    return entry !== null && this.#serves(entry, wanted) ? entry : null;
  }

  /** Keeps a whole answer in every tier; too large ones are left out. */
  keep(key: string, entry: CacheEntry, defer: (work: Promise<unknown>) => void): void {
    if (!isKeepable(entry)) return;
    this.#isolate.set(key, entry);
    const text = JSON.stringify(entry);
    defer(this.#writeLocation(key, text));
    const store = this.#deps.redis();
    if (store !== null)
      defer(this.#write("redis", () => store.keepEntry(key, text, AbortSignal.timeout(2_000))));
  }

  /** Whether somebody is to renew a served answer behind the reply. @param renewalMs how long that takes, about */
  isDue(entry: CacheEntry, wanted: WantedFreshness, renewalMs: number): boolean {
    return renewsAhead(entry, wanted, this.#now(entry), renewalMs, this.#deps.random);
  }

  /** An answer ahead of its bound, as right as the watch list says now; null where only the region can say more than is known. */
  async renew(
    key: string,
    held: CacheEntry,
    defer: (work: Promise<unknown>) => void,
  ): Promise<CacheEntry | null> {
    const before = this.#staleness(held);
    if (!isListed(held) || before === null) return null;
    const told = await this.#look(key, held);
    if (told === null || told.watch !== "on") return null;
    const after = this.#staleness(told);
    // Without a newer reading of the log's clock, which a region brings, nothing is known to be younger.
    if (after === null || after >= before) return null;
    defer(this.#writeLocation(key, JSON.stringify(told)));
    return told;
  }

  /** Takes over an answer that the region's Redis holds, without it having been asked for here. */
  adopt(key: string, text: string, defer: (work: Promise<unknown>) => void): void {
    const entry = this.#parsed(text);
    if (entry === null || this.#isolate.has(key)) return;
    this.#isolate.set(key, entry);
    defer(this.#writeLocation(key, text));
  }

  /** Past its bound: fresh, if the watch list says that it is right up to now. */
  async #ask(
    key: string,
    held: CacheEntry,
    tier: Tier,
    wanted: WantedFreshness,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Lookup> {
    const stale = (entry: CacheEntry, why: StaleReason): Lookup => ({
      kind: "stale",
      entry,
      tier,
      why,
    });
    if (wanted.consistency === "strong") return stale(held, "strong");
    if (!isListed(held)) return stale(held, "unwatched");
    // Where too little is known of the log's time nothing could be served, whatever the list says.
    if (!mayServeAny(wanted, this.#now(held))) return stale(held, "clock-unknown");
    const entry = await this.#look(key, held);
    if (entry === null) return stale(held, "list-unread");
    if (!this.#serves(entry, wanted))
      return stale(entry, entry.watch === "on" ? "behind" : "dropped");
    defer(this.#writeLocation(key, JSON.stringify(entry)));
    return { kind: "fresh", entry, tier };
  }

  /** The answer as the watch list knows it now; others of that list, which it costs nothing to ask about, are kept as they are told. */
  async #look(key: string, held: CacheEntry): Promise<CacheEntry | null> {
    const beside = this.#beside(key, held);
    const told = await this.#deps.revalidator.look([held, ...beside.map(([, entry]) => entry)]);
    if (told === null) return null;
    const [entry = held, ...others] = told;
    for (const [i, other] of others.entries()) this.#isolate.set(beside[i]?.[0] ?? "", other);
    this.#isolate.set(key, entry);
    return entry;
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

  #staleness(entry: CacheEntry): number | null {
    return stalenessMs(entry.confirmed, this.#now(entry));
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
      return text === null ? null : this.#parsed(text);
    } catch {
      this.#deps.onFailure(tier);
      return null;
    }
  }

  /** @throws where another release wrote it in another form */
  #parsed(text: string): CacheEntry | null {
    return this.#young(CacheEntry.parse(JSON.parse(text)));
  }

  #writeLocation(key: string, text: string): Promise<void> {
    const spread = (LOCATION_S_MAX - LOCATION_S_MIN) * this.#deps.random();
    const maxAgeS = Math.round(LOCATION_S_MIN + spread);
    return this.#write("edge", () => this.#deps.location.put(key, text, maxAgeS));
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

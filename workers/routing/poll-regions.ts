import type { RegionsRejection } from "../../shared/contracts/regions-record.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { LocationCache } from "../ports/location-cache.ts";
import type { PublishedRegions, RegionStore } from "../ports/region-store.ts";
import type { ServedRegions } from "./served-regions.ts";

export interface RegionsPollDeps {
  readonly served: ServedRegions;
  /** The regions' Redis, nearest first. */
  readonly stores: () => readonly RecordStore[];
  readonly location: Pick<LocationCache, "get" | "put">;
  /** Between two looks, ms. */
  readonly pollMs: number;
  readonly nowMs: () => number;
  readonly onTaken: (version: number) => void;
  readonly onRejected: (rejection: RegionsRejection) => void;
  /** Counts what a tier could not do. */
  readonly onFailure: (tier: "edge" | "redis") => void;
}

type RecordStore = Pick<RegionStore, "region" | "regions" | "keepRegions">;

/** What one region's Redis holds; null where it did not answer. */
export interface Look {
  readonly store: RecordStore;
  readonly found: PublishedRegions | null;
}

/** The nearest two: one that was cut off while a record was published must not keep it from the cities around it. */
const LOOKED_AT = 2;
const REDIS_MS_MAX = 2_000;
/** The first requests of an isolate wait for so long for what its location knows: that lies on the same machines. */
const RECALL_MS_MAX = 50;
/** Whoever waits no longer goes on without it. */
const LOCATION_MS_MAX = 500;
const LOCATION_KEY = "regions-record";
const LOCATION_S = 30 * 24 * 3_600;

/**
 * Brings published regions records into an isolate. Nobody waits for a look; what can't be read, or is not good, changes nothing.
 * Whatever record was taken is kept in the location's cache and beside the published one, for isolates that begin anew.
 */
export class RegionsPoll {
  readonly #deps: RegionsPollDeps;
  #recalling: Promise<void> | null = null;
  #isRecalled = false;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Version that the location's cache is known to have. */
  #cachedVersion = 0;
  /** By region: a bad record is told once, however often it is found. */
  readonly #told = new Map<string, string>();

  constructor(deps: RegionsPollDeps) {
    this.#deps = deps;
  }

  /** For each request: the first ones wait a moment for what the location knows, and a look begins behind one where it is time. */
  async ready(defer: (work: Promise<unknown>) => void): Promise<void> {
    if (!this.#isRecalled) {
      this.#recalling ??= this.#recall();
      // Whoever began it may be gone, and its work with it: then it never ends.
      await abortable(this.#recalling, AbortSignal.timeout(RECALL_MS_MAX)).catch(() => undefined);
      this.#isRecalled = true;
    }
    const ageMs = this.#deps.nowMs() - this.#lookedMs;
    if (ageMs >= 0 && ageMs < this.#deps.pollMs) return;
    this.#lookedMs = this.#deps.nowMs();
    defer(this.look());
  }

  /**
   * Takes the newest good record of the location and of the nearest regions' Redis.
   * @param count how many of these
   */
  async look(count = LOOKED_AT): Promise<Look[]> {
    const { served, stores } = this.#deps;
    const reads = stores()
      .slice(0, count)
      .map((store) => this.#read(store));
    const [, ...looks] = await Promise.all([this.#recall(), ...reads]);
    // Judged all by what was served before: one that is behind another is no offence while a record spreads.
    const rejected = looks.flatMap((look) => this.#rejections(look));
    const offers = looks.flatMap(({ found }) => [found?.published, found?.kept?.text]);
    for (const text of offers) if (typeof text === "string") this.#take(text);
    for (const rejection of rejected) {
      served.rejected(rejection);
      this.#deps.onRejected(rejection);
    }
    await this.#keep(looks);
    return looks;
  }

  /** Serves a record if it is good and newer. */
  #take(text: string): void {
    const { served, onTaken } = this.#deps;
    if (served.take(text).kind === "newer") onTaken(served.version);
  }

  async #read(store: RecordStore): Promise<Look> {
    try {
      return { store, found: await store.regions(AbortSignal.timeout(REDIS_MS_MAX)) };
    } catch {
      this.#deps.onFailure("redis");
      return { store, found: null };
    }
  }

  /** What is wrong with what is published there, if it was not told before. */
  #rejections({ store: { region }, found }: Look): RegionsRejection[] {
    const { served, nowMs } = this.#deps;
    if (found === null) return [];
    const { published } = found;
    // Never published is nothing wrong; gone is, since it was there.
    const text = published ?? (found.kept === null ? null : "");
    const verdict = text === null ? null : served.judge(text);
    if (text === null || verdict?.kind !== "refused") {
      this.#told.delete(region);
      return [];
    }
    const told = `${served.version} ${text}`;
    if (this.#told.get(region) === told) return [];
    this.#told.set(region, told);
    const { reason, version } = verdict;
    return [{ reason, version, served: served.version, region, atMs: nowMs() }];
  }

  /** Other isolates of the location may know a newer one. */
  async #recall(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(LOCATION_MS_MAX);
      const text = await abortable(this.#deps.location.get(LOCATION_KEY), signal);
      if (text === null) return;
      this.#take(text);
      const { served } = this.#deps;
      if (served.judge(text).kind === "same") this.#cachedVersion = served.version;
    } catch {
      this.#deps.onFailure("edge");
    }
  }

  async #keep(looks: readonly Look[]): Promise<void> {
    const { served, location, onFailure } = this.#deps;
    const { record } = served;
    if (record === null) return;
    const text = JSON.stringify(record);
    const { version } = record;
    if (this.#cachedVersion < version) {
      const signal = AbortSignal.timeout(LOCATION_MS_MAX);
      await abortable(location.put(LOCATION_KEY, text, LOCATION_S), signal).then(
        () => (this.#cachedVersion = version),
        () => onFailure("edge"),
      );
    }
    const behind = looks.filter(
      ({ found }) => found !== null && (found.kept?.version ?? 0) < version,
    );
    await Promise.all(
      behind.map(({ store }) =>
        store
          .keepRegions(version, text, AbortSignal.timeout(REDIS_MS_MAX))
          .catch(() => onFailure("redis")),
      ),
    );
  }
}

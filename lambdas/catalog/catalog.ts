import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { WriteLog } from "../ports/write-log.ts";

/** How long a name that the log did not know is answered without asking again. */
const UNKNOWN_MS = 500;
const UNKNOWN_NAMES_MAX = 1_000;

/**
 * Which collections there are. A record never changes within an incarnation, so what was read once stays right: a region
 * that is cut off from the log goes on knowing its collections, also after a restart.
 */
export class Catalog {
  readonly #log: WriteLog;
  readonly #cache: RegionCache;
  readonly #clock: Clock;
  readonly #known = new Map<string, CollectionRecord>();
  readonly #unknownUntil = new Map<string, number>();

  constructor(log: WriteLog, cache: RegionCache, clock: Clock) {
    this.#log = log;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** @throws Problem `not-found`: missing, or another tenant's */
  async get(tenant: string, name: string, signal: AbortSignal): Promise<CollectionRecord> {
    const key = `${tenant}/${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const missing = new Problem(
      "not-found",
      "There is no collection of that name; GET /v1/collections lists yours.",
    );
    if ((this.#unknownUntil.get(key) ?? 0) > this.#clock.monotonicMs()) throw missing;
    const near = await this.#cache.record(tenant, name, signal);
    const found = near ?? (await this.#log.collection(tenant, name, signal));
    if (found === null) {
      if (this.#unknownUntil.size >= UNKNOWN_NAMES_MAX) this.#unknownUntil.clear();
      this.#unknownUntil.set(key, this.#clock.monotonicMs() + UNKNOWN_MS);
      throw missing;
    }
    this.remember(found);
    if (near === null) await this.#cache.keepRecord(found, signal);
    return found;
  }

  remember(record: CollectionRecord): void {
    const key = `${record.tenant}/${record.name}`;
    this.#unknownUntil.delete(key);
    this.#known.set(key, record);
  }

  /** The tenant's collections as the log lists them now; those already known here where the log can't be reached. */
  async list(tenant: string, signal: AbortSignal): Promise<CollectionRecord[]> {
    return (await this.all(signal)).filter((record) => record.tenant === tenant);
  }

  async all(signal: AbortSignal): Promise<CollectionRecord[]> {
    try {
      for (const record of await this.#log.collections(signal)) this.remember(record);
    } catch (error) {
      if (!(error instanceof Problem && error.code === "log-unavailable")) throw error;
    }
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

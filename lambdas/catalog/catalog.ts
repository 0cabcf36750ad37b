import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { WriteLog } from "../ports/write-log.ts";

/** How long a name that the log did not know is answered without asking again. */
const UNKNOWN_MS = 500;
const UNKNOWN_NAMES_MAX = 1_000;

/**
 * Which collections there are. Within an incarnation a record only ever gets new shard maps, terms and primaries; one that lacks
 * them still leads to the data (`Placements`), and the log refuses what is written in an old term. So what was read once stays right: a region that is cut off from the log goes on knowing its
 * collections, also after a restart.
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
    if (near === null) await this.remember(found, signal);
    else this.#keep(found);
    return found;
  }

  /**
   * The record as the log has it now.
   * @param strictly or not at all; else what is known, where the log can't be reached
   * @throws as `get`, and Problem `log-unavailable`
   */
  async refreshed(
    tenant: string,
    name: string,
    strictly: boolean,
    signal: AbortSignal,
  ): Promise<CollectionRecord> {
    const found = await this.#log.collection(tenant, name, signal).catch((error: unknown) => {
      if (strictly || !isUnavailable(error)) throw error;
      return null;
    });
    if (found === null) return this.get(tenant, name, signal);
    await this.remember(found, signal);
    return found;
  }

  /** What was read from the log, for this process and the region's others. */
  async remember(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    if (this.#keep(record)) await this.#cache.keepRecord(record, signal);
  }

  /** False where it is known already. */
  #keep(record: CollectionRecord): boolean {
    const key = `${record.tenant}/${record.name}`;
    this.#unknownUntil.delete(key);
    const known = this.#known.get(key);
    if (
      known?.incarnation === record.incarnation &&
      wantedMap(known).version >= wantedMap(record).version &&
      known.term >= record.term
    )
      return false;
    this.#known.set(key, record);
    return true;
  }

  /** The tenant's collections as the log lists them now; those already known here where the log can't be reached. */
  async list(tenant: string, signal: AbortSignal): Promise<CollectionRecord[]> {
    return (await this.all(signal)).filter((record) => record.tenant === tenant);
  }

  async all(signal: AbortSignal): Promise<CollectionRecord[]> {
    try {
      for (const record of await this.#log.collections(signal)) {
        const known = this.#known.has(`${record.tenant}/${record.name}`);
        const changed = this.#keep(record);
        if (known && changed) await this.#cache.keepRecord(record, signal);
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === "log-unavailable";
}

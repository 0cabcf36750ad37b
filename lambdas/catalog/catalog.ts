import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { WriteLog } from "../ports/write-log.ts";

/** How long a name that the log did not know is answered without asking again. */
export const UNKNOWN_MS = 500;
const UNKNOWN_NAMES_MAX = 1_000;

/**
 * Which collections there are. A name may come to stand for another incarnation, or for none: who reads what a record leads to finds
 * that sealed, or gone, and asks again (`byName`, `asPrimary`). Within an incarnation a record only ever gets new shard maps, terms and primaries; one that lacks
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
    if ((this.#unknownUntil.get(key) ?? 0) > this.#clock.monotonicMs()) throw missing();
    const near = await this.#cache.record(tenant, name, signal);
    const found = near ?? (await this.#log.collection(tenant, name, signal));
    if (found === null) {
      if (this.#unknownUntil.size >= UNKNOWN_NAMES_MAX) this.#unknownUntil.clear();
      this.#unknownUntil.set(key, this.#clock.monotonicMs() + UNKNOWN_MS);
      throw missing();
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
      if (strictly || !isProblem(error, "log-unavailable")) throw error;
      return undefined;
    });
    if (found === undefined) return this.get(tenant, name, signal);
    if (found === null) {
      this.#known.delete(`${tenant}/${name}`);
      await this.#cache.forgetRecord(tenant, name, signal);
      throw missing();
    }
    await this.remember(found, signal);
    return found;
  }

  /** A collection that was deleted: the name is looked up in the log again. One of that name that came later stays known. */
  async forget(
    { tenant, name, incarnation }: CollectionRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const key = `${tenant}/${name}`;
    if (this.#known.get(key)?.incarnation === incarnation) this.#known.delete(key);
    const near = await this.#cache.record(tenant, name, signal);
    if (near?.incarnation === incarnation) await this.#cache.forgetRecord(tenant, name, signal);
  }

  /** The record of an incarnation that somebody names; another one where the name is not known to stand for it, and the log can't tell. */
  async current(
    tenant: string,
    name: string,
    incarnation: string,
    signal: AbortSignal,
  ): Promise<CollectionRecord> {
    const known = await this.get(tenant, name, signal);
    if (known.incarnation === incarnation) return known;
    return this.refreshed(tenant, name, false, signal);
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
      const before = [...this.#known];
      const listed = await this.#log.collections(signal);
      const standing = new Set(listed.map(({ incarnation }) => incarnation));
      // What came to be known while the list was on its way may not be on it.
      for (const [key, record] of before)
        if (!standing.has(record.incarnation) && this.#known.get(key) === record)
          await this.forget(record, signal);
      for (const record of listed) {
        const known = this.#known.has(`${record.tenant}/${record.name}`);
        const changed = this.#keep(record);
        if (known && changed) await this.#cache.keepRecord(record, signal);
      }
    } catch (error) {
      if (!isProblem(error, "log-unavailable")) throw error;
    }
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Whether a read asks for more than that a name was unknown a moment ago. */
export function asksForNow({ consistency, maxStalenessMs, token }: Freshness): boolean {
  if (consistency === "bounded" && maxStalenessMs < UNKNOWN_MS) return true;
  return consistency === "strong" || token !== null;
}

function missing(): Problem {
  return new Problem(
    "not-found",
    "There is no collection of that name; GET /v1/collections lists yours.",
  );
}

import { LRUCache } from "lru-cache";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import { stalenessMs, withinBound, type LogTime } from "../../shared/domain/log-clock.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Readings } from "../freshness/readings.ts";
import type { AliasRegister } from "../ports/aliases.ts";
import { asksForNow, UNKNOWN_MS, type Catalog } from "./catalog.ts";

/** What an alias was seen to name. */
export interface Followed {
  readonly record: CollectionRecord;
  /** Log time of that collection at which it was: nothing that is found through the alias is fresher. */
  readonly asOf: LogTime;
}

interface Known extends Followed {
  /** When that was asked, on this process's clock. */
  readonly askedMs: number;
}

const KNOWN_MAX = 1_000;
/** A read that asks for no freshness follows what an alias named so long ago. */
const UNASKED_MS_MAX = 5_000;
const TRIES_MAX = 3;

/**
 * What aliases name, as this process has seen it. An alias may be moved at any time, so what it named counts only as of a log time, as
 * the state of a region does: a read with a bound follows what was named within that bound, and one that is strong or carries a
 * token what is named after it began.
 */
export class Aliases {
  readonly #register: Pick<AliasRegister, "target" | "confirm">;
  readonly #catalog: Pick<Catalog, "get" | "refreshed">;
  readonly #readings: Pick<Readings, "now" | "keep">;
  readonly #clock: Clock;
  readonly #known = new LRUCache<string, Known>({ max: KNOWN_MAX });
  /** When it was found that there is no such alias. */
  readonly #missing = new LRUCache<string, number>({ max: KNOWN_MAX });

  constructor(
    register: Pick<AliasRegister, "target" | "confirm">,
    catalog: Pick<Catalog, "get" | "refreshed">,
    readings: Pick<Readings, "now" | "keep">,
    clock: Clock,
  ) {
    this.#register = register;
    this.#catalog = catalog;
    this.#readings = readings;
    this.#clock = clock;
  }

  /** Whether the name was an alias when it was looked up last. */
  has(tenant: string, name: string): boolean {
    return this.#known.has(keyOf(tenant, name));
  }

  /** @returns null where there is no such alias. @throws Problem `not-found` where it names a collection that was deleted, `log-unavailable` */
  async follow(
    tenant: string,
    alias: string,
    freshness: Freshness,
    signal: AbortSignal,
  ): Promise<Followed | null> {
    const known = this.#known.get(keyOf(tenant, alias));
    if (known !== undefined && this.#serves(known, freshness)) return known;
    if (!asksForNow(freshness) && this.#isMissing(tenant, alias)) return null;
    try {
      return await this.#look(tenant, alias, known?.record ?? null, signal);
    } catch (error) {
      // Whatever there is, labelled, is what such a read asks for.
      const away = isProblem(error, "log-unavailable");
      if (known !== undefined && away && freshness.consistency === "eventual") return known;
      throw error;
    }
  }

  #isMissing(tenant: string, alias: string): boolean {
    const since = this.#missing.get(keyOf(tenant, alias)) ?? -Infinity;
    return this.#clock.monotonicMs() - since <= UNKNOWN_MS;
  }

  #serves({ record, asOf, askedMs }: Known, { consistency, maxStalenessMs, token }: Freshness) {
    if (consistency === "strong" || token !== null) return false;
    if (consistency === "bounded")
      return withinBound(stalenessMs(asOf, this.#readings.now(record.incarnation)), maxStalenessMs);
    return this.#clock.monotonicMs() - askedMs <= UNASKED_MS_MAX;
  }

  /** @param guess what it was seen to name last: if it still does, that is one call */
  async #look(
    tenant: string,
    alias: string,
    guess: CollectionRecord | null,
    signal: AbortSignal,
  ): Promise<Followed | null> {
    let record = guess;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (record === null) {
        const name = await this.#register.target(tenant, alias, signal);
        if (name === null) {
          this.#known.delete(keyOf(tenant, alias));
          this.#missing.set(keyOf(tenant, alias), this.#clock.monotonicMs());
          return null;
        }
        record = await this.#catalog.get(tenant, name, signal);
      }
      const askedMs = this.#clock.monotonicMs();
      const reading = await this.#register.confirm(alias, record, signal).catch(moved);
      if (reading === "moved" || (reading !== null && reading.sealed !== null)) {
        // The name that it names stands for another collection by now, or for none.
        record = await this.#catalog.refreshed(tenant, record.name, true, signal);
        continue;
      }
      if (reading === null) {
        record = null;
        continue;
      }
      this.#readings.keep(record.incarnation, reading, askedMs);
      const followed = { record, asOf: reading.now, askedMs };
      this.#known.set(keyOf(tenant, alias), followed);
      return followed;
    }
    throw new Problem("collection-moved", "The alias is being moved again and again; ask again.");
  }
}

function moved(error: unknown): "moved" {
  if (isProblem(error, "collection-moved")) return "moved";
  throw error;
}

function keyOf(tenant: string, name: string): string {
  return `${tenant}/${name}`;
}

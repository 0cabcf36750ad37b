import { LRUCache } from "lru-cache";

/** After a region did not answer a write, others are asked first for so long who accepts it. */
const DOUBT_MS = 5_000;
const KNOWN_MAX = 1_000;

/** Who accepts a collection's writes. */
export interface Primary {
  readonly primary: string;
  readonly term: number;
  /** Terms of two incarnations can't be compared. */
  readonly incarnation: string;
}

/**
 * Which region accepts the writes of which collection, as regions have told this location; of the others it is the one that the
 * configuration names. Knowing wrongly costs a hop: a region that does not accept a write says who does.
 */
export class PrimaryRegions {
  readonly #configured: string;
  readonly #known = new LRUCache<string, Primary>({ max: KNOWN_MAX });
  readonly #doubtedUntilMs = new Map<string, number>();

  constructor(configured: string) {
    this.#configured = configured;
  }

  /** @param about the collection, apart from other tenants' */
  of(about: string): string {
    return this.#known.get(about)?.primary ?? this.#configured;
  }

  /** What a region said; of an earlier term than is known it says nothing new. */
  learn(about: string, told: Primary): void {
    const known = this.#known.get(about);
    if (known?.incarnation === told.incarnation && known.term > told.term) return;
    const { primary, term, incarnation } = told;
    this.#known.set(about, { primary, term, incarnation });
  }

  /** The collection was deleted. */
  forget(about: string): void {
    this.#known.delete(about);
  }

  /** A region did not answer. There are as many as there are regions. */
  doubt(region: string, nowMs: number): void {
    this.#doubtedUntilMs.set(region, nowMs + DOUBT_MS);
  }

  answered(region: string): void {
    this.#doubtedUntilMs.delete(region);
  }

  isDoubted(region: string, nowMs: number): boolean {
    return nowMs < (this.#doubtedUntilMs.get(region) ?? 0);
  }
}

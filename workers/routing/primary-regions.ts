import { LRUCache } from "lru-cache";

/** After a region did not answer a write, others are asked first for so long who accepts it. */
const DOUBT_MS = 5_000;
const KNOWN_MAX = 1_000;

interface Known {
  readonly primary: string;
  readonly term: number;
}

/**
 * Which region accepts the writes of which collection, as regions have told this location; of the others it is the one that the
 * configuration names. Knowing wrongly costs a hop: a region that does not accept a write says who does.
 */
export class PrimaryRegions {
  readonly #configured: string;
  readonly #known = new LRUCache<string, Known>({ max: KNOWN_MAX });
  readonly #doubtedUntilMs = new Map<string, number>();

  constructor(configured: string) {
    this.#configured = configured;
  }

  /** @param about the collection, apart from other tenants' */
  of(about: string): string {
    return this.#known.get(about)?.primary ?? this.#configured;
  }

  /** What a region said; of an earlier term than is known it says nothing new. */
  learn(about: string, primary: string, term: number): void {
    if ((this.#known.get(about)?.term ?? 0) <= term) this.#known.set(about, { primary, term });
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

import { LRUCache } from "lru-cache";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";

/** An isolate has 128 MB for everything. */
const BYTES_MAX = 24 * 1024 * 1024;
/** Of these for what was asked for once: a scan of new queries drives out no more than that. */
const NEW_BYTES_MAX = BYTES_MAX / 8;

/**
 * The answers in this isolate's memory, bounded in bytes. What is asked for again moves from the new ones to the kept ones, so that
 * queries asked once drive out only each other.
 * @see Johnson, Shasha: "2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm", VLDB 1994
 */
export class IsolateAnswers {
  readonly #new = answersUpTo(NEW_BYTES_MAX);
  readonly #kept = answersUpTo(BYTES_MAX - NEW_BYTES_MAX);

  get(key: string): CacheEntry | null {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const entry = this.#new.get(key);
    if (entry === undefined) return null;
    this.#new.delete(key);
    this.#kept.set(key, entry);
    return entry;
  }

  has(key: string): boolean {
    return this.#kept.has(key) || this.#new.has(key);
  }

  /** Keeps an answer where the one before it was, a new one among the new. */
  set(key: string, entry: CacheEntry): void {
    if (this.#kept.has(key)) this.#kept.set(key, entry);
    else this.#new.set(key, entry);
  }

  /** Those used last first, the kept ones before the new ones. */
  *entries(): Generator<[string, CacheEntry]> {
    yield* this.#kept.entries();
    yield* this.#new.entries();
  }
}

function answersUpTo(bytesMax: number): LRUCache<string, CacheEntry> {
  return new LRUCache<string, CacheEntry>({
    maxSize: bytesMax,
    sizeCalculation: (entry, key) => 2 * (entry.answer.length + key.length) + 1_000,
  });
}

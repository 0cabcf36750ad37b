/** Hedges earned by each leg: in the long run one leg in twenty may be sent twice. */
const EARNED_PER_LEG = 0.05;
/** Saved up while all is well: the shards of one query. */
const SAVED_MAX = 16;

/**
 * Bounds the legs that are sent a second time as a share of all legs: without it, overload makes more load.
 * @see Dean, Barroso: "The Tail at Scale", CACM 2013
 */
export class HedgeBudget {
  #saved = 0;

  /** Counts a leg. */
  leg(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + EARNED_PER_LEG);
  }

  /** @returns whether a leg may be sent once more */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

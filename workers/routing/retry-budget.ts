/** Retries earned by each request: in the long run one request in ten may be sent twice. */
const EARNED_PER_REQUEST = 0.1;
/** Retries that a quiet location has saved up: enough for all that are under way when a region begins to hang. */
const SAVED_MAX = 50;

/**
 * Bounds the retries of calls that took too long, as a share of all requests: without it, overload makes more load.
 * @see Google SRE book: "Handling Overload", per-client retry budget
 */
export class RetryBudget {
  #saved = SAVED_MAX;

  /** Counts a request. */
  request(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + EARNED_PER_REQUEST);
  }

  /** @returns whether a retry may be made */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

/** Where the terms of one collection are remembered, each under a name of its own. */
export interface TakenTerms {
  /** Those that are there, in no order. */
  all(): Promise<readonly number[]>;
  /** Durable when it returns. @returns false, with nothing done, where it is there already */
  create(term: number): Promise<boolean>;
  /** Harmless where there is none. */
  remove(term: number): Promise<void>;
}

const TRIES_MAX = 50;

/**
 * Takes a term above all that were taken: the highest counts.
 * @param above the highest term that is known otherwise
 */
export async function takeTerm(
  terms: TakenTerms,
  above: number,
  signal: AbortSignal,
): Promise<number> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    signal.throwIfAborted();
    const taken = await terms.all();
    const term = Math.max(above, ...taken) + 1;
    if (!(await terms.create(term))) continue;
    if (!(await isNext(terms, taken, term))) continue;
    // Only now: a crash before leaves a term that is counted and never used.
    for (const old of taken) await terms.remove(old);
    return term;
  }
  throw new Error("others took every term that was tried");
}

/** Who slept while others took terms and removed older ones finds a number free again: what was there before it is gone then. */
async function isNext(
  terms: TakenTerms,
  before: readonly number[],
  term: number,
): Promise<boolean> {
  const now = await terms.all();
  return before.length === 0
    ? now.every((other) => other <= term)
    : now.includes(Math.max(...before));
}

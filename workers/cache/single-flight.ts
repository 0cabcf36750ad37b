import { abortable } from "../../shared/std/abortable.ts";

/** How one who finds work under way takes part in it. */
export interface Joining<T> {
  /** Whether what the leader made will do for this caller. */
  readonly accepts: (value: T) => boolean;
  /** Whether the leader's failure is everybody's; another one is tried anew by one of those who waited. */
  readonly shares: (error: unknown) => boolean;
  /** Longest to wait for one leader, ms. */
  readonly waitMs: number;
}

export interface Flown<T> {
  readonly value: T;
  /** Whether this caller did the work. */
  readonly led: boolean;
}

/** Leaders that one caller waits for, before it works for itself. */
const JOINS_MAX = 3;

/**
 * One piece of work at a time for all in this isolate who ask for the same. A leader's reader may leave, and the platform then ends the work
 * without a word: so who follows waits for a time of its own, and then leads.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /** @throws what `lead` throws, or a leader's failure that the caller shares */
  async run(
    key: string,
    lead: () => Promise<T>,
    { accepts, shares, waitMs }: Joining<T>,
  ): Promise<Flown<T>> {
    for (let joins = 0; joins < JOINS_MAX; joins++) {
      const flight = this.#flights.get(key);
      if (flight === undefined) return this.#lead(key, lead);
      try {
        const value = await abortable(flight, AbortSignal.timeout(waitMs));
        if (accepts(value)) return { value, led: false };
      } catch (error) {
        if (shares(error)) throw error;
        // A leader that is gone or too slow: whoever comes next finds this caller's work instead.
        if (this.#flights.get(key) === flight) return this.#lead(key, lead);
      }
    }
    return { value: await lead(), led: true };
  }

  /** Whether somebody works on it. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  async #lead(key: string, lead: () => Promise<T>): Promise<Flown<T>> {
    const flight = lead();
    this.#flights.set(key, flight);
    try {
      return { value: await flight, led: true };
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }
}

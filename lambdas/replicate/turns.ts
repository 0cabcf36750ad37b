import type { Clock, Sleep } from "../../shared/std/clock.ts";

export interface TurnsDeps {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Whether anybody reads in this process now. */
  readonly beingRead: () => boolean;
}

/** Where a machine has too much to do work takes long, and what waits for it must still end in time. */
const REST_MS_MAX = 500;
const NAMES_MAX = 1_000;

/**
 * Work beside readers, who share cores and disk with it: while there are any, at most half of the time goes into what is done
 * under one name. What is asked for during a rest is done in one go after it, so a rest costs writers little.
 */
export class Turns {
  readonly #deps: TurnsDeps;
  /** When the rest ends that follows the last work, by name. */
  readonly #dueMs = new Map<string, number>();

  constructor(deps: TurnsDeps) {
    this.#deps = deps;
  }

  /** @throws the signal's reason where it aborts during the rest, or what `work` throws */
  async take<T>(name: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, sleep, beingRead } = this.#deps;
    const restMs = (this.#dueMs.get(name) ?? 0) - clock.monotonicMs();
    if (restMs > 0 && beingRead()) await sleep(restMs, signal);
    const startMs = clock.monotonicMs();
    try {
      return await work();
    } finally {
      const endMs = clock.monotonicMs();
      if (this.#dueMs.size >= NAMES_MAX) this.#dueMs.clear();
      this.#dueMs.set(name, endMs + Math.min(endMs - startMs, REST_MS_MAX));
    }
  }
}

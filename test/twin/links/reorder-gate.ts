import type { Random } from "../../../shared/std/random.ts";

/** What waits longer than this goes on its way though the window is not full: otherwise a quiet link would hold it for ever. */
const HOLD_MS_MAX = 200;

/** Holds things back and lets them go in shuffled order. */
export class ReorderGate {
  readonly #random: Random;
  #held: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param window how many are held before all go; 0 or 1: none is held */
  pass(window: number, go: () => void): void {
    if (window <= 1) return go();
    this.#held.push(go);
    if (this.#held.length >= window) this.open();
    else if (this.#held.length === 1) setTimeout(() => this.open(), HOLD_MS_MAX);
  }

  open(): void {
    const held = this.#held;
    this.#held = [];
    while (held.length > 0) held.splice(Math.floor(this.#random() * held.length), 1)[0]?.();
  }
}

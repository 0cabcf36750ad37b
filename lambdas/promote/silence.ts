/**
 * When this process last heard of each other region. A region that it never heard of may just be starting: it counts as silent only
 * after a longer time.
 */
export class Silence {
  readonly #heardMs = new Map<string, number | null>();
  readonly #nowMs: () => number;
  readonly #beganMs: number;

  /** @param nowMs a clock that never falls */
  constructor(regions: readonly string[], nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
    for (const region of regions) this.#heardMs.set(region, null);
  }

  heard(region: string): void {
    this.#heardMs.set(region, this.#nowMs());
  }

  /** By region: ms since it was heard of; null: never. */
  all(): Record<string, number | null> {
    return Object.fromEntries(
      [...this.#heardMs].map(([region, ms]) => [region, ms === null ? null : this.#nowMs() - ms]),
    );
  }

  /** Whether a region has been silent for so long; the one that asks is never. */
  isSilent(region: string, forMs: number): boolean {
    const ms = this.#heardMs.get(region);
    if (ms === undefined) return false;
    return ms === null
      ? this.#nowMs() - this.#beganMs >= NEVER_HEARD * forMs
      : this.#nowMs() - ms >= forMs;
  }
}

const NEVER_HEARD = 10;

import type { Random } from "../../shared/std/random.ts";

/** Legs whose times are looked at: some seconds of traffic. */
const SAMPLES = 512;
/** With fewer nothing is known of the tail. */
const SAMPLES_MIN = 20;
/** The percentile is taken anew after so many legs. */
const RECKON_EVERY = 16;
const TAIL = 0.95;
/** How long a copy's slowness is remembered: time constant of its decay, ms. */
const DECAY_MS = 5_000;
/** Copies whose times differ by less than this factor share the load. */
const ALIKE = 2;
/** A copy that was overtaken would have taken longer than it was given, nobody knows how long. */
const OVERTAKEN = 4;
const DOWN_MS_BASE = 1_000;
const DOWN_MS_MAX = 30_000;
const COPIES_MAX = 4_096;

interface Copy {
  peakMs: number;
  atMs: number;
  failures: number;
  downUntilMs: number;
}

/** How long legs take, and which copies of the shards are slow or gone, as this process has seen it. */
export class LegTimes {
  readonly #random: Random;
  readonly #samples: number[] = [];
  readonly #copies = new Map<string, Copy>();
  #seen = 0;
  #tailMs = Number.POSITIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Time after which a leg is slower than 19 of 20, ms; infinite while too little is known. */
  get tailMs(): number {
    return this.#tailMs;
  }

  answered(copy: string, tookMs: number, nowMs: number): void {
    const place = this.#seen % SAMPLES;
    this.#samples[place] = tookMs;
    this.#seen += 1;
    if (this.#seen >= SAMPLES_MIN && this.#seen % RECKON_EVERY === 0) {
      const sorted = this.#samples.toSorted((a, b) => a - b);
      this.#tailMs = sorted[Math.floor(sorted.length * TAIL)] ?? this.#tailMs;
    }
    const known = this.#copy(copy);
    known.failures = 0;
    known.downUntilMs = 0;
    this.#took(known, tookMs, nowMs);
  }

  /** Another copy was faster, after so long. It is no sample of how long legs take. */
  overtaken(copy: string, waitedMs: number, nowMs: number): void {
    this.#took(this.#copy(copy), waitedMs * OVERTAKEN, nowMs);
  }

  failed(copy: string, nowMs: number): void {
    const known = this.#copy(copy);
    known.failures += 1;
    known.downUntilMs = nowMs + Math.min(DOWN_MS_MAX, DOWN_MS_BASE * 2 ** (known.failures - 1));
  }

  /** The copies in the order in which to ask them: those about as fast as the fastest in random order, the slow, then the gone. */
  order(copies: readonly string[], nowMs: number): number[] {
    const expected = copies.map((copy) => this.#expectedMs(copy, nowMs));
    const fastest = Math.min(...expected);
    const ranked = copies.map((_, index) => {
      const ms = expected[index] ?? 0;
      return { index, ms: ms <= fastest * ALIKE ? fastest : ms, chance: this.#random() };
    });
    return ranked.sort((a, b) => a.ms - b.ms || a.chance - b.chance).map(({ index }) => index);
  }

  #expectedMs(copy: string, nowMs: number): number {
    const known = this.#copies.get(copy);
    if (known === undefined) return 0;
    if (known.downUntilMs > nowMs) return Number.POSITIVE_INFINITY;
    return this.#fadedMs(known, nowMs);
  }

  /** Peak-EWMA: a slower time counts whole, faster ones bring it down slowly, and silence too. @see Finagle's balancer */
  #took(known: Copy, tookMs: number, nowMs: number): void {
    const current = this.#fadedMs(known, nowMs);
    known.peakMs = tookMs > current ? tookMs : current + (tookMs - current) / 4;
    known.atMs = nowMs;
  }

  #fadedMs({ peakMs, atMs }: Copy, nowMs: number): number {
    return peakMs * Math.exp(-Math.max(0, nowMs - atMs) / DECAY_MS);
  }

  #copy(name: string): Copy {
    const known = this.#copies.get(name);
    if (known !== undefined) return known;
    if (this.#copies.size >= COPIES_MAX) this.#copies.clear();
    const fresh = { peakMs: 0, atMs: 0, failures: 0, downUntilMs: 0 };
    this.#copies.set(name, fresh);
    return fresh;
  }
}

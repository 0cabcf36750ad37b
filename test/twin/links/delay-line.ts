/** A timer is late rather than early, and takes longer than this way. */
const AT_ONCE_MS = 0.5;

/** Lets actions happen after a delay, in the order in which they were handed in, as bytes on a wire do. */
export class DelayLine {
  readonly #delayMs: (bytes: number) => number;
  /** Timers of different lengths may fire out of order, so only the first one waiting has a timer. */
  readonly #waiting: { readonly atMs: number; readonly deliver: () => void }[] = [];
  #lastMs = 0;

  /** @param delayMs how long something of so many bytes is on its way */
  constructor(delayMs: (bytes: number) => number) {
    this.#delayMs = delayMs;
  }

  send(bytes: number, extraMs: number, deliver: () => void): void {
    const atMs = Math.max(this.#lastMs, performance.now() + this.#delayMs(bytes) + extraMs);
    this.#lastMs = atMs;
    this.#waiting.push({ atMs, deliver });
    if (this.#waiting.length === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const leftMs = first.atMs - performance.now();
    if (leftMs < AT_ONCE_MS) this.#deliver();
    else setTimeout(() => this.#deliver(), leftMs);
  }

  #deliver(): void {
    this.#waiting[0]?.deliver();
    this.#waiting.shift();
    this.#wait();
  }
}

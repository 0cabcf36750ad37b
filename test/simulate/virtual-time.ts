import type { Sleep } from "../../shared/std/clock.ts";

interface Event {
  readonly atMs: number;
  readonly number: number;
  readonly label: string;
  readonly act: () => void;
}

/** One for all: most time-outs are of calls that have ended, and an error takes longer to make than to raise. */
const TIMED_OUT = new DOMException("The operation was aborted due to timeout", "TimeoutError");

/** Moments on the simulated clock are whole, as those of every clock in the product are. */
const wholeMs = (delayMs: number) => Math.max(0, Math.round(delayMs));

/**
 * Time of a simulated world. Nothing waits: the clock jumps to the next event, whose code then runs until all of it waits for
 * other events. Code may wait for promises and for what is scheduled here, and for nothing else.
 */
export class VirtualTime {
  #nowMs = 0;
  #number = 0;
  #fired = 0;
  #trace = 0x811c9dc5;
  /** A binary heap: the next event first. */
  readonly #events: Event[] = [];
  readonly #onEvent: ((line: string) => void) | null;

  /** @param onEvent hears of each event, one line each */
  constructor(onEvent: ((line: string) => void) | null) {
    this.#onEvent = onEvent;
  }

  /** Since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events so far. */
  get fired(): number {
    return this.#fired;
  }

  /** A digest of all events so far, in their order: of two runs that are the same it is the same. */
  get trace(): string {
    return this.#trace.toString(16).padStart(8, "0");
  }

  after(delayMs: number, label: string, act: () => void): void {
    this.#push({ atMs: this.#nowMs + wholeMs(delayMs), number: this.#number++, label, act });
  }

  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, label, resolve));
  }

  readonly sleep: Sleep = (delayMs, signal) =>
    new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.after(delayMs, "sleep", () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });

  /** What `AbortSignal.timeout` is on this clock. */
  timeout(delayMs: number): AbortSignal {
    const controller = new AbortController();
    this.after(delayMs, "timeout", () => controller.abort(TIMED_OUT));
    return controller.signal;
  }

  /** Lets time pass until something is so. @throws Error where nothing is left that could make it so */
  async runUntil(condition: () => boolean): Promise<void> {
    await drained();
    while (!condition()) {
      const event = this.#pop();
      if (event === null) throw new Error("nothing is left to happen");
      this.#nowMs = event.atMs;
      this.#fired += 1;
      this.note(event.label);
      event.act();
      await drained();
    }
  }

  /** Puts something into the trace. */
  note(label: string): void {
    const line = `${this.#nowMs} ${label}`;
    for (let i = 0; i < line.length; i++)
      this.#trace = Math.imul(this.#trace ^ line.charCodeAt(i), 0x01000193) >>> 0;
    this.#onEvent?.(line);
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = events[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      events[at] = parent;
      at = above;
    }
    events[at] = event;
  }

  #pop(): Event | null {
    const events = this.#events;
    const [first] = events;
    const last = events.pop();
    if (first === undefined || last === undefined) return null;
    if (events.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [events[2 * at + 1], events[2 * at + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      events[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    events[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

/** Once all code that could go on has. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

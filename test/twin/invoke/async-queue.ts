import { setTimeout as delay } from "node:timers/promises";

const QUEUE_MAX = 1_000;
const ATTEMPTS_MAX = 3;
const RETRY_MS = [1_000, 2_000];

/** Asynchronous invocations: taken at once, run one after another, tried three times in all, as Lambda does. */
export class AsyncQueue {
  readonly #waiting: (() => Promise<unknown>)[] = [];
  readonly #onLost: (error: unknown) => void;
  #running = false;

  /** @param onLost hears of an invocation that failed three times */
  constructor(onLost: (error: unknown) => void) {
    this.#onLost = onLost;
  }

  /** @returns false if the queue is full */
  add(invocation: () => Promise<unknown>): boolean {
    if (this.#waiting.length >= QUEUE_MAX) return false;
    this.#waiting.push(invocation);
    if (!this.#running) void this.#drain();
    return true;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#run(next);
    this.#running = false;
  }

  async #run(invocation: () => Promise<unknown>): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        await invocation();
        return;
      } catch (error) {
        const retryMs = RETRY_MS[attempt];
        if (retryMs === undefined) this.#onLost(error);
        else await delay(retryMs);
      }
    }
  }
}

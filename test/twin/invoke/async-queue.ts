import pLimit from "p-limit";
import { setTimeout as delay } from "node:timers/promises";

const WAITING_MAX = 1_000;
/** Asynchronous invocations under way at once. */
const AT_ONCE_MAX = 16;
/** Pauses before the second and the third try; Lambda's own are one and two minutes. */
const RETRY_MS = [1_000, 2_000];

/** Asynchronous invocations: taken at once, run as soon as there is room, tried three times in all, as Lambda does. */
export class AsyncQueue {
  readonly #limit = pLimit(AT_ONCE_MAX);
  readonly #onLost: (error: unknown) => void;

  /** @param onLost hears of an invocation that failed three times */
  constructor(onLost: (error: unknown) => void) {
    this.#onLost = onLost;
  }

  /** @returns false if the queue is full */
  add(invocation: () => Promise<unknown>): boolean {
    if (this.#limit.pendingCount >= WAITING_MAX) return false;
    void this.#run(invocation);
    return true;
  }

  /** The pause between two tries takes no place from others. */
  async #run(invocation: () => Promise<unknown>): Promise<void> {
    for (const retryMs of [...RETRY_MS, null]) {
      try {
        await this.#limit(invocation);
        return;
      } catch (error) {
        if (retryMs === null) this.#onLost(error);
        else await delay(retryMs);
      }
    }
  }
}

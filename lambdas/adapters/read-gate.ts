import pLimit, { type LimitFunction } from "p-limit";
import { abortable } from "../../shared/std/abortable.ts";

/**
 * Lets so many reads of an engine run at once. What has begun can't be stopped, so that those nobody waits for any more would
 * pile up under load; here they wait in order, and one whose caller has left is never begun.
 */
export class ReadGate {
  readonly #limit: LimitFunction;

  constructor(atOnceMax: number) {
    this.#limit = pLimit(atOnceMax);
  }

  /** @throws the signal's reason as soon as it aborts, or what `read` throws */
  async pass<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = this.#limit(async () => {
      signal.throwIfAborted();
      return read();
    });
    return abortable(done, signal);
  }
}

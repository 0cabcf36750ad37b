import pLimit, { type LimitFunction } from "p-limit";
import { abortable } from "../../shared/std/abortable.ts";

/** One write at a time a name (of a table or collection). Holds busy names only. */
export class WriteQueues {
  readonly #queues = new Map<string, LimitFunction>();

  /**
   * Runs `work` after what was queued under the name before. An aborted caller stops waiting; work that has begun ends
   * first, and the next waits for it, so it takes its end from limits of its own.
   *
   * @throws the signal's reason, or what `work` throws
   */
  async run<T>(name: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const queue = this.#queues.get(name) ?? pLimit(1);
    this.#queues.set(name, queue);
    const done = queue(async () => {
      signal.throwIfAborted();
      return work();
    }).finally(() => {
      if (queue.activeCount + queue.pendingCount === 0) this.#queues.delete(name);
    });
    return abortable(done, signal);
  }
}

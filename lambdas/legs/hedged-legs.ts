import { required } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { HedgeBudget } from "./hedge-budget.ts";
import { LegTimes } from "./leg-times.ts";

export interface HedgedLegsDeps {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random: Random;
}

type Outcome<T> =
  | { readonly kind: "answer"; readonly value: T }
  | { readonly kind: "failed"; readonly copy: number; readonly error: unknown }
  | { readonly kind: "slow" };

/** Sends a leg to one copy of its shard, and to another one where the first fails, or is slower than 19 of 20 legs. */
export class HedgedLegs {
  readonly #deps: HedgedLegsDeps;
  readonly #times: LegTimes;
  readonly #budget = new HedgeBudget();

  constructor(deps: HedgedLegsDeps) {
    this.#deps = deps;
    this.#times = new LegTimes(deps.random);
  }

  /**
   * The first answer; the slower copies' calls are aborted, and their answers dropped.
   *
   * @param copies names of the shard's copies, at least one
   * @throws what the last copy failed with, where all did
   */
  async run<T>(
    copies: readonly string[],
    ask: (copy: number, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const done = new AbortController();
    const limited = AbortSignal.any([signal, done.signal]);
    const waiting = this.#times.order(copies, this.#deps.nowMs());
    const running = new Map<number, Promise<Outcome<T>>>();
    const send = () => {
      const copy = waiting.shift();
      if (copy !== undefined) running.set(copy, this.#attempt(copies, copy, ask, limited));
    };
    this.#budget.leg();
    send();
    let slow = this.#slow<T>(copies.length, limited);
    try {
      for (;;) {
        const outcome = await Promise.race([...running.values(), ...(slow === null ? [] : [slow])]);
        if (outcome.kind === "answer") return outcome.value;
        if (outcome.kind === "slow") {
          slow = null;
          if (waiting.length > 0 && this.#budget.take()) send();
          continue;
        }
        limited.throwIfAborted();
        running.delete(outcome.copy);
        send();
        if (running.size === 0) throw outcome.error;
      }
    } finally {
      done.abort(new Error("another copy was faster"));
    }
  }

  /** Settles once the leg is slower than most; never, where there is no other copy or nothing is known. */
  #slow<T>(copies: number, signal: AbortSignal): Promise<Outcome<T>> | null {
    if (copies < 2 || !Number.isFinite(this.#times.tailMs)) return null;
    const never = new Promise<Outcome<T>>(() => undefined);
    return this.#deps.sleep(this.#times.tailMs, signal).then(
      () => ({ kind: "slow" }),
      () => never, // The leg is over.
    );
  }

  async #attempt<T>(
    copies: readonly string[],
    copy: number,
    ask: (copy: number, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    const name = required(copies[copy], "the copy is one of them");
    const { nowMs } = this.#deps;
    const startMs = nowMs();
    try {
      const value = await ask(copy, signal);
      this.#times.answered(name, nowMs() - startMs, nowMs());
      return { kind: "answer", value };
    } catch (error) {
      if (signal.aborted) this.#times.overtaken(name, nowMs() - startMs, nowMs());
      else this.#times.failed(name, nowMs());
      return { kind: "failed", copy, error };
    }
  }
}

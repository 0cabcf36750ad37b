import type { BatchLimits } from "../limits.ts";
import type { EmbedderMetrics } from "../ports/metrics.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { assert, required } from "../../shared/std/assert.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Deadline } from "./deadline.ts";
import { takeBatch } from "./take-batch.ts";

/** By how much a batch moves the turn of new calls on: a stream of single queries leaves a large call every fourth batch. */
const TURN_MIN = 0.25;

export interface BatchQueueDeps<In, Out> {
  readonly model: string;
  /** One result per input, in order. Called for one batch at a time: a model's run uses all of its threads. */
  readonly run: (inputs: readonly In[]) => Promise<readonly Out[]>;
  readonly limits: BatchLimits;
  /** At least the largest call, else it could never be taken. */
  readonly waitingMax: number;
  readonly clock: Clock;
  readonly metrics: EmbedderMetrics;
}

export interface QueueItem<In> {
  readonly input: In;
  readonly tokens: number;
}

interface Waiting<In, Out> extends QueueItem<In> {
  readonly call: Call<Out>;
  readonly index: number;
  /** Items are served by rising turn, in units of full batches; see `submit`. */
  readonly turn: number;
}

interface Call<Out> {
  readonly results: Out[];
  readonly expiresAtMs: number;
  left: number;
  resolve(results: readonly Out[]): void;
  reject(error: unknown): void;
}

/** Bounded, fair admission to one model: calls wait here and leave in batches made by `takeBatch`. */
export class BatchQueue<In, Out> {
  private readonly deps: BatchQueueDeps<In, Out>;
  private waiting: Waiting<In, Out>[] = [];
  private running = false;
  private turn = 0;

  constructor(deps: BatchQueueDeps<In, Out>) {
    this.deps = deps;
  }

  /**
   * The results of a call's items, in order, or a rejection of the whole call: `overloaded` at once, or
   * `deadline-exceeded`, or the signal's reason. Items of a call that ended that way are never run.
   */
  async submit(items: readonly QueueItem<In>[], deadline: Deadline): Promise<readonly Out[]> {
    const { model, waitingMax, limits, metrics } = this.deps;
    deadline.signal.throwIfAborted();
    if (items.length === 0) return [];
    if (this.waiting.length + items.length > waitingMax) {
      metrics.dropped(model, "overloaded", items.length);
      throw new Problem("overloaded", "Repeat later, or ask another region's embedder.");
    }
    const { promise, resolve, reject } = Promise.withResolvers<readonly Out[]>();
    const call: Call<Out> = {
      results: [],
      expiresAtMs: deadline.expiresAtMs,
      left: items.length,
      resolve,
      reject,
    };
    // Start-time fair queueing: a large call's later items take later turns, so a single query passes them.
    let tokensBefore = 0;
    const entries = items.map((item, index) => {
      const turn = this.turn + tokensBefore / limits.tokensMax;
      tokensBefore += item.tokens;
      return { ...item, call, index, turn };
    });
    this.waiting = [...this.waiting, ...entries].sort((a, b) => a.turn - b.turn);
    const onAbort = () =>
      this.drop(call, deadline.signal.reason, this.isLate(call) ? "deadline" : "caller-left");
    deadline.signal.addEventListener("abort", onAbort, { once: true });
    void this.drain();
    try {
      return await promise;
    } finally {
      deadline.signal.removeEventListener("abort", onAbort);
    }
  }

  /** Never rejects: a failed batch fails its calls. */
  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (;;) {
      this.dropLate();
      const { batch, rest } = takeBatch(this.waiting, this.deps.limits);
      this.waiting = rest;
      this.deps.metrics.waiting(this.deps.model, rest.length);
      const [first] = batch;
      if (first === undefined) break;
      this.turn = Math.max(this.turn + TURN_MIN, first.turn);
      await this.runBatch(batch);
    }
    this.running = false;
  }

  private async runBatch(batch: readonly Waiting<In, Out>[]): Promise<void> {
    const { model, run, clock, metrics } = this.deps;
    const startedMs = clock.monotonicMs();
    try {
      const results = await run(batch.map((entry) => entry.input));
      assert(results.length === batch.length, "a model gives one result per input");
      metrics.batchDone(model, batch.length, (clock.monotonicMs() - startedMs) / 1_000);
      for (const [index, { call, index: place }] of batch.entries()) {
        call.results[place] = required(results[index], "lengths are equal");
        call.left -= 1;
        if (call.left === 0) call.resolve(call.results);
      }
    } catch (cause) {
      const failed = new Problem(
        "internal-error",
        `Model ${model} failed; see the embedder's log.`,
        { cause },
      );
      for (const call of new Set(batch.map((entry) => entry.call))) this.remove(call, failed);
    }
  }

  private dropLate(): void {
    const late = new Set(
      this.waiting.filter((entry) => this.isLate(entry.call)).map((entry) => entry.call),
    );
    for (const call of late) {
      this.drop(
        call,
        new Problem("deadline-exceeded", "The text or picture was still waiting for its model."),
        "deadline",
      );
    }
  }

  private isLate(call: Call<Out>): boolean {
    return call.expiresAtMs <= this.deps.clock.monotonicMs();
  }

  private drop(call: Call<Out>, error: unknown, reason: "deadline" | "caller-left"): void {
    const removed = this.remove(call, error);
    if (removed > 0) this.deps.metrics.dropped(this.deps.model, reason, removed);
  }

  /** Ends a call; gives how many of its items were still waiting. */
  private remove(call: Call<Out>, error: unknown): number {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((entry) => entry.call !== call);
    call.reject(error);
    return before - this.waiting.length;
  }
}

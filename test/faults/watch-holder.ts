import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { ListStep, WatchList } from "../../lambdas/ports/watch-list.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import { Applier } from "../../lambdas/replicate/applier.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import { WatchKeeper, type Applied, type Keeping } from "../../lambdas/watch/keeper.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";

const signal = () => AbortSignal.timeout(20_000);

/** A process that is gone: whatever it was about to do is not done. */
class Died extends Error {}

export interface HolderDeps {
  readonly redis: ReturnType<typeof createUpstashClient>;
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly watch: WatchList;
  readonly onApplied: (applied: Applied) => void;
}

/** A process that applies a collection, and that may die or stand still before its step reaches the list. */
export class Holder {
  readonly #applier: Applier;
  readonly #watch: WatchList;
  #dies = false;
  /** Told when a step waits to be published. */
  #pauses: (() => void) | null = null;
  /** Lets the step go on. */
  #held: (() => void) | null = null;
  #run: Promise<unknown> | null = null;

  constructor({ redis, log, store, watch, onApplied }: HolderDeps) {
    this.#watch = watch;
    const keeper = new WatchKeeper({
      watch: {
        begin: (...given) => watch.begin(...given),
        register: (...given) => watch.register(...given),
        load: (...given) => watch.load(...given),
        stands: (...given) => watch.stands(...given),
        end: (...given) => watch.end(...given),
        publish: (...given) => this.#publish(...given),
      },
      log,
      newId: randomUUID,
      onFailure: (_, error) => {
        throw error;
      },
    });
    const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
    const sleep = async (delayMs: number, given: AbortSignal) =>
      delay(delayMs, undefined, { signal: given });
    this.#applier = new Applier({
      cache: { keepLags: async () => undefined },
      keeper: {
        applied: async (keeping: Keeping, applied: Applied, given: AbortSignal) => {
          if (this.#dies) throw new Died();
          onApplied(applied);
          await keeper.applied(keeping, applied, given);
        },
        anew: (...given) => keeper.anew(...given),
        ended: (...given) => keeper.ended(...given),
      },
      log,
      store,
      placements: new Placements(store),
      leases: new UpstashLeases(redis, randomUUID),
      clock,
      sleep,
      turns: new Turns({ clock, sleep, beingRead: () => false }),
      onSample: () => undefined,
      onParked: () => undefined,
    });
  }

  async apply(record: CollectionRecord): Promise<void> {
    if (this.#held === null) await this.#applier.catchUp(record, null, signal());
  }

  /** Is gone between its checkpoint and its list. @returns false where it stands still, and can't */
  async applyAndDie(record: CollectionRecord): Promise<boolean> {
    if (this.#held !== null) return false;
    this.#dies = true;
    await this.#applier.catchUp(record, null, signal()).catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
    return true;
  }

  /** Stands still with its step in its hand, if there is one. */
  async pause(record: CollectionRecord): Promise<void> {
    if (this.#held !== null) return;
    const reached = new Promise<void>((resolve) => (this.#pauses = resolve));
    const run = this.#applier.catchUp(record, null, signal());
    await Promise.race([reached, run]);
    this.#pauses = null;
    if (this.#held !== null) this.#run = run.catch(() => undefined);
  }

  async wake(): Promise<void> {
    this.#held?.();
    this.#held = null;
    await this.#run;
    this.#run = null;
  }

  async #publish(incarnation: string, step: ListStep, given: AbortSignal): Promise<boolean> {
    const pauses = this.#pauses;
    if (pauses === null) return this.#watch.publish(incarnation, step, given);
    await new Promise<void>((resolve) => {
      this.#held = resolve;
      pauses();
    });
    return this.#watch.publish(incarnation, step, signal()); // Sent long ago, it arrives now.
  }
}

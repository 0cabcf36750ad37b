import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogSample } from "../../shared/domain/log-clock.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { createRing, shardOf, type Ring } from "../../shared/domain/ring.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import { layoutOf } from "../catalog/layout.ts";
import type { Lease, Leases } from "../ports/leases.ts";
import type { DocumentState, StoreLayout, VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { documentStates, followLine } from "./judge.ts";

export interface ApplierDeps {
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Hears of each log reading, so that one read serves freshness too. */
  readonly onSample: (record: CollectionRecord, sample: LogSample) => void;
}

/** A run is shared by all who wait for it, so it has a deadline of its own. */
const RUN_MS_MAX = 25_000;
const LEASE_RENEW_MS = 1_000;
const LEASE_RETRY_MS = 25;

/**
 * Brings the region's copy of a collection up to the log: the same code in every region, the primary included.
 * One run at a time a collection and process, one lease holder a region.
 */
export class Applier {
  readonly #deps: ApplierDeps;
  readonly #running = new Map<string, Promise<Checkpoint>>();
  readonly #rings = new Map<number, Ring>();

  constructor(deps: ApplierDeps) {
    this.#deps = deps;
  }

  /**
   * Applies the log until its end as it was read once after this call, or until `position` is reached by another run.
   * @returns the checkpoint then
   */
  async catchUp(
    record: CollectionRecord,
    position: number | null,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const joined = this.#running.get(record.incarnation);
    if (joined !== undefined) {
      // The run may have read the log before this call: its checkpoint counts only if it got far enough.
      const checkpoint = await abortable(joined, signal).catch(() => null);
      signal.throwIfAborted();
      if (checkpoint !== null && position !== null && checkpoint.point.position >= position)
        return checkpoint;
    }
    const next = this.#running.get(record.incarnation) ?? this.#start(record);
    return abortable(next, signal);
  }

  /**
   * Compacts and builds indexes where the store finds it worth while, beside readers and appliers, and shows readers the result.
   * It may take minutes; a shard whose index is built applies nothing meanwhile.
   */
  async maintain(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const layout = layoutOf(record);
    await Promise.all(
      shardNumbers(layout).map((shard) => this.#deps.store.maintain(layout, shard, signal)),
    );
    // After whatever runs now, and before whatever comes: one run at a time.
    await this.#running.get(record.incarnation)?.catch(() => undefined);
    await abortable(this.#running.get(record.incarnation) ?? this.#start(record, true), signal);
  }

  #start(record: CollectionRecord, publish = false): Promise<Checkpoint> {
    const run = this.#run(record, publish, AbortSignal.timeout(RUN_MS_MAX)).finally(() =>
      this.#running.delete(record.incarnation),
    );
    this.#running.set(record.incarnation, run);
    return run;
  }

  async #run(record: CollectionRecord, publish: boolean, signal: AbortSignal): Promise<Checkpoint> {
    const layout = layoutOf(record);
    const { store } = this.#deps;
    const held = await store.readCheckpoint(layout, signal);
    const lease = await this.#acquire(record.incarnation, held?.fence ?? 0, signal);
    try {
      return await this.#applyAll(record, layout, lease, publish, signal);
    } finally {
      // A lease that can't be given back ends by itself.
      await lease.release(AbortSignal.timeout(LEASE_RENEW_MS)).catch(() => undefined);
    }
  }

  async #applyAll(
    record: CollectionRecord,
    layout: StoreLayout,
    lease: Lease,
    publish: boolean,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const { log, clock } = this.#deps;
    let checkpoint = await this.#fence(record, layout, lease, signal);
    let renewedMs = clock.monotonicMs();
    for (;;) {
      const sentMs = clock.monotonicMs();
      const { entries, head, now } = await log.pull(record, checkpoint.point.position + 1, signal);
      this.#deps.onSample(record, { at: now, sentMs });
      const point = followLine(checkpoint.point, entries);
      const states = documentStates(record, entries);
      const versions = await this.#applyStates(layout, states, checkpoint, signal);
      const level = point.position === head.position && point.chain === head.chain;
      const newest = entries.at(-1);
      const confirmed = level ? now : newest === undefined ? checkpoint.confirmed : newest.at;
      if (entries.length > 0)
        checkpoint = await this.#advance(
          layout,
          checkpoint,
          { ...checkpoint, point, confirmed, versions },
          signal,
        );
      if (level && publish) checkpoint = await this.#publish(layout, checkpoint, signal);
      if (level) return { ...checkpoint, confirmed };
      if (entries.length === 0)
        throw new Error(
          `the log's head is past position ${point.position}, but it holds nothing there`,
        );
      if (clock.monotonicMs() - renewedMs > LEASE_RENEW_MS) {
        renewedMs = clock.monotonicMs();
        if (!(await lease.renew(signal))) throw new Error("the lease was lost while applying");
      }
    }
  }

  /** The holder's first act: from now on no older holder can move the checkpoint. */
  async #fence(
    record: CollectionRecord,
    layout: StoreLayout,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const { store } = this.#deps;
    const held = await store.readCheckpoint(layout, signal);
    if (held !== null) {
      // A lease that ended while its holder stood still: another holder has been here since.
      if (held.fence >= lease.fence)
        throw new Error(`fence ${lease.fence} is behind the checkpoint's ${held.fence}`);
      return this.#advance(layout, held, { ...held, fence: lease.fence }, signal);
    }
    await store.prepare(layout, signal);
    const versions = await this.#versions(layout, signal);
    const first: Checkpoint = {
      incarnation: record.incarnation,
      point: originPoint(record.incarnation, record.term),
      fence: lease.fence,
      confirmed: null,
      versions,
    };
    if (!(await store.writeCheckpoint(layout, null, first, signal)))
      throw new Error("another holder made the first checkpoint");
    return first;
  }

  async #advance(
    layout: StoreLayout,
    from: Checkpoint,
    to: Checkpoint,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    if (await this.#deps.store.writeCheckpoint(layout, from, to, signal)) return to;
    throw new Error(`the checkpoint moved under fence ${to.fence}`);
  }

  async #applyStates(
    layout: StoreLayout,
    states: readonly DocumentState[],
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ) {
    const byShard = Map.groupBy(states, (state) => shardOf(this.#ring(layout.shards), state.id));
    return Promise.all(
      shardNumbers(layout).map((shard) => {
        const documents = byShard.get(shard);
        if (documents === undefined) return checkpoint.versions[shard] ?? null;
        return this.#deps.store.apply(layout, shard, documents, signal);
      }),
    );
  }

  /**
   * Shows readers the versions that maintenance made. Only right where the store holds exactly what the checkpoint's point says,
   * as it does once the log was applied to its end: an earlier holder may have died between its rows and its checkpoint.
   */
  async #publish(
    layout: StoreLayout,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const versions = await this.#versions(layout, signal);
    return this.#advance(layout, checkpoint, { ...checkpoint, versions }, signal);
  }

  /** An apply of nothing tells a shard's version. */
  #versions(layout: StoreLayout, signal: AbortSignal): Promise<(number | null)[]> {
    return Promise.all(
      shardNumbers(layout).map((shard) => this.#deps.store.apply(layout, shard, [], signal)),
    );
  }

  async #acquire(incarnation: string, fenceSeen: number, signal: AbortSignal): Promise<Lease> {
    for (;;) {
      const lease = await this.#deps.leases.acquire(incarnation, fenceSeen, signal);
      if (lease !== null) return lease;
      await this.#deps.sleep(LEASE_RETRY_MS, signal);
    }
  }

  #ring(shards: number): Ring {
    const known = this.#rings.get(shards);
    if (known !== undefined) return known;
    const ring = createRing(shards);
    this.#rings.set(shards, ring);
    return ring;
  }
}

function shardNumbers(layout: StoreLayout): number[] {
  return Array.from({ length: layout.shards }, (_, shard) => shard);
}

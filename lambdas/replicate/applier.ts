import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { required } from "../../shared/std/assert.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Held, Place } from "../catalog/placements.ts";
import type { Lease, Leases } from "../ports/leases.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { WatchKeeper } from "../watch/keeper.ts";
import { holdLease } from "./hold-lease.ts";
import { LineBroken } from "./judge.ts";
import { LayoutBehind } from "./schema-entry.ts";
import { isBehind, leadFromFirst } from "./lead-over.ts";
import type { Turns } from "./turns.ts";
import {
  advance,
  applyLine,
  beginLayout,
  fenceOff,
  versionsOf,
  type Holding,
  type LineDeps,
  type OnApplied,
} from "./apply-line.ts";

export interface ApplierDeps extends LineDeps {
  /** Tells the region's watch list what was applied. */
  /** Null where no answers are watched. */
  readonly keeper: Pick<WatchKeeper, "applied" | "anew"> | null;
  readonly cache: Pick<RegionCache, "keepLags">;
  readonly leases: Leases;
  readonly sleep: Sleep;
  readonly turns: Turns;
}

/** A run is shared by all who wait for it, so it has a deadline of its own. */
const RUN_MS_MAX = 25_000;
const LEASE_RETRY_MS = 25;

/** What a run does once the log is applied to its end. `level`: nothing more. */
type Ending =
  | { readonly kind: "level" | "publish" }
  | { readonly kind: "condemn"; readonly layout: string }
  | { readonly kind: "move"; readonly to: Place };

/**
 * Brings the region's copy of a collection up to the log: the same code in every region, the primary included.
 * One run at a time a collection and process, one lease holder a region.
 */
export class Applier {
  readonly #deps: ApplierDeps;
  readonly #running = new Map<string, Promise<Holding>>();

  constructor(deps: ApplierDeps) {
    this.#deps = deps;
  }

  /**
   * Applies the log until its end as it was read once after this call, or until `position` is reached by another run.
   * @returns what the region holds then
   */
  async catchUp(
    record: CollectionRecord,
    position: number | null,
    signal: AbortSignal,
  ): Promise<Holding> {
    const joined = this.#running.get(record.incarnation);
    if (joined !== undefined) {
      // The run may have read the log before this call: what it holds counts only if it got far enough.
      const held = await abortable(joined, signal).catch(() => null);
      signal.throwIfAborted();
      if (held !== null && position !== null && held.checkpoint.point.position >= position)
        return held;
    }
    const next = this.#running.get(record.incarnation) ?? this.#start(record, { kind: "level" });
    return abortable(next, signal);
  }

  /**
   * Compacts and builds indexes where the store finds it worth while, beside readers and appliers, and shows readers the result.
   * It may take minutes; a shard whose index is built applies nothing meanwhile.
   */
  async maintain(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { placements, store } = this.#deps;
    const { layout, checkpoint } = await placements.read(record, signal);
    if (checkpoint === null) return;
    await Promise.all(checkpoint.versions.map((_, shard) => store.maintain(layout, shard, signal)));
    await this.#after(record, { kind: "publish" }, signal);
  }

  /**
   * Makes other shards, of another map or newly made ones, which hold the collection nearly up to the log, those that are read and
   * applied to.
   */
  async move(record: CollectionRecord, to: Place, signal: AbortSignal): Promise<void> {
    await this.#after(record, { kind: "move", to }, signal);
  }

  /** Has nobody shown a layout any more. Nothing is done where the data lies elsewhere by now. */
  async condemn(record: CollectionRecord, layout: string, signal: AbortSignal): Promise<void> {
    await this.#after(record, { kind: "condemn", layout }, signal);
  }

  /** After whatever runs now, and before whatever comes: one run at a time. */
  async #after(record: CollectionRecord, ending: Ending, signal: AbortSignal): Promise<void> {
    for (;;) {
      const running = this.#running.get(record.incarnation);
      if (running === undefined) break;
      await abortable(running, signal).catch(() => signal.throwIfAborted());
    }
    await abortable(this.#start(record, ending), signal);
  }

  #start(record: CollectionRecord, ending: Ending): Promise<Holding> {
    const { incarnation } = record;
    const signal = AbortSignal.timeout(RUN_MS_MAX);
    const run = this.#deps.turns
      .take(incarnation, () => this.#run(record, ending, signal), signal)
      .finally(() => this.#running.delete(incarnation));
    this.#running.set(incarnation, run);
    return run;
  }

  async #run(record: CollectionRecord, ending: Ending, signal: AbortSignal): Promise<Holding> {
    const lease = await this.#acquire(
      record.incarnation,
      await this.#fenceSeen(record, ending, signal),
      signal,
    );
    return holdLease(lease, this.#deps.sleep, signal, (held) =>
      this.#apply(record, lease, ending, held),
    );
  }

  async #apply(
    record: CollectionRecord,
    lease: Lease,
    ending: Ending,
    signal: AbortSignal,
  ): Promise<Holding> {
    const { store } = this.#deps;
    // Read under the lease: the data may have moved to another layout while it was waited for.
    const held = await this.#held(record, signal);
    const old = await fenceOff(store, held, lease, signal);
    if (ending.kind === "move" && isBehind(held, ending.to))
      return this.#moved(record, held, old, lease, ending.to, signal);
    if (ending.kind === "condemn" && old?.layout.key === ending.layout)
      return advance(store, old, { damaged: true }, signal);
    const fenced = old ?? (await this.#begun(held, lease, signal));
    const onApplied = this.#watching(fenced, lease);
    const { stored, confirmed } = await applyLine(this.#deps, fenced, signal, { onApplied });
    const shown = ending.kind === "publish" ? await this.#publish(stored, signal) : stored;
    return { ...shown, checkpoint: { ...shown.checkpoint, confirmed } };
  }

  /** A log that was trimmed is not applied from its beginning: nothing is made, so that nobody is shown a collection without its documents. */
  async #begun(held: Held, lease: Lease, signal: AbortSignal): Promise<Holding> {
    const { log, store } = this.#deps;
    const { start } = await log.pull(held.collection, 1, signal);
    if (start > 1) throw new LineBroken(`the log begins at position ${start}`);
    return beginLayout(store, held, null, { fence: lease.fence }, signal);
  }

  /**
   * Nothing is applied to the old layout while this lease is held, so the new one, applied to the log's end, is past it. The old
   * one's last checkpoint then leads readers and appliers over.
   *
   * @param old null where the region holds nothing yet
   */
  async #moved(
    record: CollectionRecord,
    held: Held,
    old: Holding | null,
    lease: Lease,
    to: Place,
    signal: AbortSignal,
  ): Promise<Holding> {
    const { store, clock, keeper } = this.#deps;
    const laid = laidOut(record, to.map, to.tables);
    const checkpoint = await store.readCheckpoint(laid.layout, signal);
    const filled = { ...laid, checkpoint };
    const fenced = await fenceOff(store, filled, lease, signal);
    if (fenced === null || fenced.checkpoint.filling !== undefined)
      throw new Error(`the shards of map ${to.map.version} are not filled yet`);
    // What was copied from the old ones may be newer than its point: what they judged counts. Nobody applies to them now.
    const copied = old !== null && to.tables === held.tables;
    const { stored, confirmed } = copied
      ? await applyLine(this.#deps, fenced, signal, { source: async () => old.checkpoint })
      : await this.#asFarAsFits(fenced, signal);
    const tables = to.tables === 0 ? {} : { tables: to.tables };
    const moved = { to: to.map, ...tables, atMs: clock.wallMs() };
    await leadFromFirst(store, record, stored, old, moved, signal);
    if (old !== null) await advance(store, old, { moved }, signal);
    // Other shards: an answer names how many there are, and words have other scores on them.
    const keeping = { collection: stored.collection, fence: lease.fence };
    await keeper?.anew(keeping, { point: stored.checkpoint.point, confirmed }, signal);
    return { ...stored, checkpoint: { ...stored.checkpoint, confirmed } };
  }

  /** New tables of an older map are applied to as far as the log is for them; the region then moves on to the newer one. */
  async #asFarAsFits(
    fenced: Holding,
    signal: AbortSignal,
  ): Promise<{ readonly stored: Holding; readonly confirmed: Checkpoint["confirmed"] }> {
    try {
      return await applyLine(this.#deps, fenced, signal);
    } catch (error) {
      if (!(error instanceof LayoutBehind)) throw error;
      const checkpoint = await this.#deps.store.readCheckpoint(fenced.layout, signal);
      const stored = { ...fenced, checkpoint: required(checkpoint, "it was fenced off") };
      return { stored, confirmed: stored.checkpoint.confirmed };
    }
  }

  /**
   * Shows readers the versions that maintenance made. Only right where the store holds exactly what the checkpoint's point says,
   * as it does once the log was applied to its end: an earlier holder may have died between its rows and its checkpoint.
   */
  async #publish(stored: Holding, signal: AbortSignal): Promise<Holding> {
    const { store } = this.#deps;
    const versions = await versionsOf(store, stored.layout, signal);
    return advance(store, stored, { versions }, signal);
  }

  #watching({ collection }: Holding, { fence }: Lease): OnApplied {
    const { keeper, cache } = this.#deps;
    return async (applied, signal) => {
      await Promise.all([
        keeper?.applied({ collection, fence }, applied, signal),
        cache.keepLags(collection.incarnation, applied.lagsMs, signal),
      ]);
    };
  }

  /** Where nothing is held the newest record counts: an older one could begin a layout that the collection has left. */
  async #held(record: CollectionRecord, signal: AbortSignal): Promise<Held> {
    const { log, placements } = this.#deps;
    const held = await placements.read(record, signal);
    if (held.checkpoint !== null) return held;
    const newest = await log.collection(record.tenant, record.name, signal);
    return newest?.incarnation === record.incarnation ? placements.read(newest, signal) : held;
  }

  /** Of the checkpoints that the run will write: those of a layout being filled have fences from another lease. */
  async #fenceSeen(record: CollectionRecord, ending: Ending, signal: AbortSignal): Promise<number> {
    const { store, placements } = this.#deps;
    const { checkpoint } = await placements.read(record, signal);
    const filled =
      ending.kind === "move"
        ? await store.readCheckpoint(
            laidOut(record, ending.to.map, ending.to.tables).layout,
            signal,
          )
        : null;
    return Math.max(checkpoint?.fence ?? 0, filled?.fence ?? 0);
  }

  async #acquire(incarnation: string, fenceSeen: number, signal: AbortSignal): Promise<Lease> {
    for (;;) {
      const lease = await this.#deps.leases.acquire(incarnation, fenceSeen, signal);
      if (lease !== null) return lease;
      await this.#deps.sleep(LEASE_RETRY_MS, signal);
    }
  }
}

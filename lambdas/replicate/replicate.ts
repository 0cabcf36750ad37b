import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { layoutOf } from "../catalog/layout.ts";
import type { Applier } from "./applier.ts";

export interface ReplicateDeps {
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly applier: Applier;
  readonly clock: Clock;
  /** Hears of each collection that could not be brought up to date; the next sweep tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** A collection that is written to is maintained this often, at most. */
const MAINTAIN_EVERY_MS = 60_000;
const MAINTAIN_MS_MAX = 10 * 60_000;

/** Sets are read this far back, since a write marks its collection by the engine's clock, and two reads may overlap. */
const SWEEP_OVERLAP_MS = 60_000;

/** Catches up with the log: one collection when rung, all that were written to when sweeping. */
export class Replicator {
  readonly #deps: ReplicateDeps;
  readonly #maintainedMs = new Map<string, number>();
  readonly #unmaintained = new Map<string, CollectionRecord>();
  #sweptToMs = 0;

  constructor(deps: ReplicateDeps) {
    this.#deps = deps;
  }

  /** @returns how many collections were looked at */
  async replicate(event: ReplicateEvent, signal: AbortSignal): Promise<number> {
    if (event.op === "ring") {
      const record = await this.#deps.catalog.get(event.tenant, event.name, signal);
      if (record.incarnation === event.incarnation)
        await this.#deps.applier.catchUp(record, event.point.position, signal);
      return 1;
    }
    const { incarnations, nowMs } = await this.#deps.log.dirty(
      this.#sweptToMs - SWEEP_OVERLAP_MS,
      signal,
    );
    const written = new Set(incarnations);
    const records = await this.#deps.catalog.all(signal);
    for (const record of records)
      if (written.has(record.incarnation)) this.#unmaintained.set(record.incarnation, record);
    const outcomes = await Promise.all(
      records.map((record) => this.#sweep(record, written.has(record.incarnation), signal)),
    );
    if (outcomes.every((ok) => ok)) this.#sweptToMs = nowMs; // A collection that failed is swept again.
    return outcomes.length;
  }

  /** Maintains one collection that was written to since it was maintained last, if one is due. @returns whether one was */
  async maintainNext(): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const due = [...this.#unmaintained.values()].find(
      ({ incarnation }) =>
        nowMs - (this.#maintainedMs.get(incarnation) ?? -MAINTAIN_EVERY_MS) >= MAINTAIN_EVERY_MS,
    );
    if (due === undefined) return false;
    this.#unmaintained.delete(due.incarnation);
    this.#maintainedMs.set(due.incarnation, nowMs);
    try {
      await this.#deps.applier.maintain(due, AbortSignal.timeout(MAINTAIN_MS_MAX));
    } catch (error) {
      this.#deps.onFailure(due.name, error);
    }
    return true;
  }

  async #sweep(record: CollectionRecord, written: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      const checkpoint = await this.#deps.store.readCheckpoint(layoutOf(record), signal);
      if (checkpoint === null || written) await this.#deps.applier.catchUp(record, null, signal);
      return true;
    } catch (error) {
      this.#deps.onFailure(record.name, error);
      return false;
    }
  }
}

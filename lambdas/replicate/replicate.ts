import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Placements } from "../catalog/placements.ts";
import type { SpaceFiller } from "../fill/space-filler.ts";
import type { Applier } from "./applier.ts";
import type { Resharder } from "./resharder.ts";

export interface ReplicateDeps {
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly resharder: Resharder;
  readonly filler: SpaceFiller;
  /** Hears of each collection that could not be brought up to date; the next sweep tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** Sets are read this far back, since a write marks its collection by the engine's clock, and two reads may overlap. */
const SWEEP_OVERLAP_MS = 60_000;

/** Catches up with the log: one collection when rung, all that were written to when sweeping. */
export class Replicator {
  readonly #deps: ReplicateDeps;
  /** Written to since they were maintained last; null in a new process, which knows nothing yet. */
  #unmaintained: Map<string, CollectionRecord> | null = null;
  #sweptToMs = 0;

  constructor(deps: ReplicateDeps) {
    this.#deps = deps;
  }

  /** @returns how many collections were looked at */
  async replicate(event: ReplicateEvent, signal: AbortSignal): Promise<number> {
    if (event.op === "maintain") return this.#maintain(signal);
    if (event.op === "reshard") return this.#reshard(signal);
    if (event.op === "ring") {
      const record = await this.#deps.catalog.get(event.tenant, event.name, signal);
      if (record.incarnation !== event.incarnation) return 0;
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
      if (written.has(record.incarnation)) this.#unmaintained?.set(record.incarnation, record);
    const outcomes = await Promise.all(
      records.map((record) => this.#sweep(record, written.has(record.incarnation), signal)),
    );
    if (outcomes.every((ok) => ok)) this.#sweptToMs = nowMs; // A collection that failed is swept again.
    return outcomes.length;
  }

  /** Maintains the collections that were written to since they were maintained last. @returns how many */
  async #maintain(signal: AbortSignal): Promise<number> {
    this.#unmaintained ??= new Map(
      (await this.#deps.catalog.all(signal)).map((record) => [record.incarnation, record]),
    );
    const unmaintained = this.#unmaintained;
    const waiting = [...unmaintained.values()];
    for (const record of waiting) {
      try {
        await this.#deps.applier.maintain(record, signal);
        unmaintained.delete(record.incarnation);
      } catch (error) {
        this.#deps.onFailure(record.name, error); // It stays on the list.
      }
    }
    return waiting.length;
  }

  /** One collection after the other: each is copied whole, and its new spaces are filled. @returns how many were looked at */
  async #reshard(signal: AbortSignal): Promise<number> {
    const records = await this.#deps.catalog.all(signal);
    for (const record of records) {
      try {
        await this.#deps.resharder.advance(record, signal);
        await this.#deps.filler.advance(record, signal);
      } catch (error) {
        this.#deps.onFailure(record.name, error); // The next call goes on where this one ended.
      }
    }
    return records.length;
  }

  async #sweep(record: CollectionRecord, written: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      const { checkpoint } = await this.#deps.placements.read(record, signal);
      if (checkpoint === null || written) await this.#deps.applier.catchUp(record, null, signal);
      return true;
    } catch (error) {
      this.#deps.onFailure(record.name, error);
      return false;
    }
  }
}

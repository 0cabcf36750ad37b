import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { MaintainEvent } from "../../shared/contracts/region-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { SpaceFiller } from "../fill/space-filler.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Resharder } from "../replicate/resharder.ts";

export interface MaintainDeps {
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly applier: Applier;
  readonly resharder: Resharder;
  readonly filler: SpaceFiller;
  /** Hears of each collection that could not be looked after; the next call tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** A write marks its collection by the engine's clock, and two reads may overlap. */
const DIRTY_OVERLAP_MS = 60_000;

/**
 * The long work of a region: indexes, compaction, moves to other shards, vectors of new spaces. It runs in a process of its own, so that reads and
 * writes share neither threads nor an invocation with it.
 */
export class Maintainer {
  readonly #deps: MaintainDeps;
  /** Written to since they were maintained last, by incarnation; null in a new process, which knows nothing yet. */
  #unmaintained: Map<string, CollectionRecord> | null = null;
  #readToMs = 0;

  constructor(deps: MaintainDeps) {
    this.#deps = deps;
  }

  /** One collection after the other. @returns how many were looked at */
  async maintain(event: MaintainEvent, signal: AbortSignal): Promise<number> {
    const { applier, resharder, filler } = this.#deps;
    if (event.op !== "maintain") {
      const mover = event.op === "reshard" ? resharder : filler;
      const records = await this.#deps.catalog.all(signal);
      for (const record of records)
        await this.#attempt(record, () => mover.advance(record, signal));
      return records.length;
    }
    const waiting = await this.#waiting(signal);
    const looked = waiting.size;
    for (const record of waiting.values())
      if (await this.#attempt(record, () => applier.maintain(record, signal)))
        waiting.delete(record.incarnation);
    return looked;
  }

  /** The collections that were written to since they were maintained; what fails stays among them. */
  async #waiting(signal: AbortSignal): Promise<Map<string, CollectionRecord>> {
    const { catalog, log } = this.#deps;
    const since = Math.max(0, this.#readToMs - DIRTY_OVERLAP_MS);
    const { incarnations, nowMs } = await log.dirty(since, signal);
    const records = await catalog.all(signal);
    const written = new Set(incarnations);
    const known = this.#unmaintained;
    const waiting = known ?? new Map<string, CollectionRecord>();
    for (const record of records)
      if (known === null || written.has(record.incarnation))
        waiting.set(record.incarnation, record);
    this.#unmaintained = waiting;
    this.#readToMs = nowMs;
    return waiting;
  }

  async #attempt(record: CollectionRecord, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#deps.onFailure(record.name, error);
      return false;
    }
  }
}

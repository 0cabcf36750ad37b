import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { lineOf } from "../../shared/contracts/checkpoint.ts";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { covers } from "../../shared/domain/line.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Applier } from "./applier.ts";
import { LineBroken } from "./judge.ts";

export interface ReplicateDeps {
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly placements: Placements;
  readonly applier: Applier;
  /** Hears of each collection that could not be brought up to date; the next sweep tries again. */
  readonly onFailure: (record: CollectionRecord, error: unknown) => void;
}

type CatchUpEvent = Extract<ReplicateEvent, { op: "ring" | "sweep" }>;

/** Sets are read this far back, since a write marks its collection by the engine's clock, and two reads may overlap. */
const SWEEP_OVERLAP_MS = 60_000;

/** Catches up with the log: one collection when rung, all that were written to when sweeping. */
export class Replicator {
  readonly #deps: ReplicateDeps;
  #sweptToMs = 0;

  constructor(deps: ReplicateDeps) {
    this.#deps = deps;
  }

  /** @returns how many collections were looked at */
  async replicate(event: CatchUpEvent, signal: AbortSignal): Promise<number> {
    if (event.op === "ring") {
      const record = await this.#deps.catalog.get(event.tenant, event.name, signal);
      if (record.incarnation !== event.incarnation) return 0;
      const { checkpoint } = await this.#deps.applier.catchUp(record, event.point.position, signal);
      // Whoever rang may wait for it: what is further on another line has not applied it.
      if (!covers(lineOf(checkpoint), event.point))
        throw new LineBroken(`position ${event.point.position} is not on the line that is held`);
      return 1;
    }
    const { incarnations, nowMs } = await this.#deps.log.dirty(
      this.#sweptToMs - SWEEP_OVERLAP_MS,
      signal,
    );
    const written = new Set(incarnations);
    const records = await this.#deps.catalog.all(signal);
    const outcomes = await Promise.all(
      records.map((record) => this.#sweep(record, written.has(record.incarnation), signal)),
    );
    if (outcomes.every((ok) => ok)) this.#sweptToMs = nowMs; // A collection that failed is swept again.
    return outcomes.length;
  }

  async #sweep(record: CollectionRecord, written: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      const { checkpoint } = await this.#deps.placements.read(record, signal);
      if (checkpoint === null || written) await this.#deps.applier.catchUp(record, null, signal);
      return true;
    } catch (error) {
      this.#deps.onFailure(record, error);
      return false;
    }
  }
}

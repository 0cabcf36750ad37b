import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { lineOf } from "../../shared/contracts/checkpoint.ts";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { covers } from "../../shared/domain/line.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { ResyncNotes } from "../ports/resync-notes.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Applier } from "./applier.ts";
import { LineBroken } from "./judge.ts";

export interface ReplicateDeps {
  readonly region: string;
  readonly upkeep: Pick<LogUpkeep, "report">;
  readonly notes: Pick<ResyncNotes, "ask">;
  readonly nowMs: () => number;
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
/** A region tells how far it is also where nothing is written: one that is silent for six hours is not waited for. */
const REPORT_MS = 3_600_000;
const REPORTED_MAX = 2_000;

/** Catches up with the log: one collection when rung, all that were written to when sweeping. */
export class Replicator {
  readonly #deps: ReplicateDeps;
  #sweptToMs = 0;
  /** What the log was told last of how far this region is, by incarnation. */
  readonly #reported = new Map<string, { readonly position: number; readonly atMs: number }>();

  constructor(deps: ReplicateDeps) {
    this.#deps = deps;
  }

  /** @returns how many collections were looked at */
  async replicate(event: CatchUpEvent, signal: AbortSignal): Promise<number> {
    if (event.op === "ring") {
      const record = await this.#deps.catalog.get(event.tenant, event.name, signal);
      if (record.incarnation !== event.incarnation) return 0;
      const checkpoint = await this.#catchUp(record, event.point.position, signal);
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
      const now =
        checkpoint === null || written ? await this.#catchUp(record, null, signal) : checkpoint;
      await this.#report(record, now, signal);
      return true;
    } catch (error) {
      this.#deps.onFailure(record, error);
      return false;
    }
  }

  /** What can't be applied any further is noted, so that it is built anew. */
  async #catchUp(
    record: CollectionRecord,
    position: number | null,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    try {
      return (await this.#deps.applier.catchUp(record, position, signal)).checkpoint;
    } catch (error) {
      if (error instanceof LineBroken)
        await this.#deps.notes.ask(record.incarnation, "line", error.message, signal);
      throw error;
    }
  }

  /** Nothing of the log is trimmed that this region has yet to apply. */
  async #report(
    { incarnation }: CollectionRecord,
    { point }: Checkpoint,
    signal: AbortSignal,
  ): Promise<void> {
    const { upkeep, region, nowMs } = this.#deps;
    const told = this.#reported.get(incarnation);
    const isNews = told === undefined || nowMs() - told.atMs > REPORT_MS;
    if (!isNews && told.position === point.position) return;
    await upkeep.report(incarnation, region, point, signal);
    if (this.#reported.size >= REPORTED_MAX) this.#reported.clear();
    this.#reported.set(incarnation, { position: point.position, atMs: nowMs() });
  }
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { unreachable } from "../../shared/std/assert.ts";
import type { MaintainEvent } from "../../shared/contracts/maintain-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { SpaceFiller } from "../fill/space-filler.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Resharder } from "../replicate/resharder.ts";
import type { ResyncNotes } from "../ports/resync-notes.ts";
import type { Resyncer } from "../resync/resyncer.ts";
import type { SegmentKeeper } from "../segments/segment-keeper.ts";
import type { JobRunner } from "../snapshot/job-runner.ts";
import type { Scrubber } from "../scrub/scrubber.ts";
import type { SnapshotKeeper } from "../snapshot/snapshot-keeper.ts";

export interface MaintainDeps {
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly applier: Applier;
  readonly resharder: Resharder;
  readonly filler: SpaceFiller;
  readonly resyncer: Pick<Resyncer, "resync" | "clear">;
  /** Null where the store keeps its files to itself. */
  readonly scrubber: Pick<Scrubber, "scrub" | "budget" | "inTurn"> | null;
  readonly reconciler: Pick<Reconciler, "reconcile">;
  readonly snapshots: Pick<SnapshotKeeper, "keep">;
  readonly segments: Pick<SegmentKeeper, "keep">;
  readonly jobs: Pick<JobRunner, "run">;
  readonly notes: Pick<ResyncNotes, "asked">;
  /** Hears of each collection that could not be looked after; the next call tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** A write marks its collection by the engine's clock, and two reads may overlap. */
const DIRTY_OVERLAP_MS = 60_000;

/**
 * The long work of a region: indexes, compaction, moves to other shards, vectors of new spaces, copies that are compared or built
 * anew, snapshots. It runs in a process of its own, so that reads and writes share neither threads nor an invocation with it.
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
    const { catalog, resharder, filler, resyncer, jobs, notes } = this.#deps;
    switch (event.op) {
      case "maintain":
        return this.#maintain(signal);
      case "reshard":
        return this.#each(await catalog.all(signal), (one) => resharder.advance(one, signal));
      case "fill":
        return this.#each(await catalog.all(signal), (one) => filler.advance(one, signal));
      case "resync": {
        const asked = await notes.asked(signal);
        const all = asked.size === 0 ? [] : await catalog.all(signal);
        const broken = all.filter(({ incarnation }) => asked.has(incarnation));
        return this.#each(broken, (one) => resyncer.resync(one, signal));
      }
      case "reconcile": {
        const { reconciler } = this.#deps;
        return this.#each(await catalog.all(signal), (one) => reconciler.reconcile(one, signal));
      }
      case "scrub": {
        const { scrubber } = this.#deps;
        if (scrubber === null) return 0;
        const budget = scrubber.budget();
        const records = scrubber.inTurn(await catalog.all(signal));
        return this.#each(records, (one) => scrubber.scrub(one, budget, signal));
      }
      case "snapshot":
        return jobs.run(() => catalog.all(signal), signal);
      default:
        return unreachable(event.op);
    }
  }

  async #maintain(signal: AbortSignal): Promise<number> {
    const { applier, resyncer, snapshots, segments, scrubber } = this.#deps;
    const waiting = await this.#waiting(signal);
    const looked = waiting.size;
    for (const record of waiting.values()) {
      // Compaction would copy what is damaged to a file that has never been otherwise.
      if (scrubber !== null)
        await this.#attempt(record, () => scrubber.scrub(record, scrubber.budget(), signal));
      const maintained = await this.#attempt(record, () => applier.maintain(record, signal));
      // What is due is due as well where the shards can't be maintained, and the other way round.
      const kept = await this.#attempt(record, () => snapshots.keep(record, signal));
      if (maintained && kept) waiting.delete(record.incarnation);
    }
    const records = await this.#deps.catalog.all(signal);
    await this.#each(records, (record) => resyncer.clear(record, signal));
    await this.#each(records, (record) => segments.keep(record, signal));
    return looked;
  }

  async #each(
    records: readonly CollectionRecord[],
    work: (record: CollectionRecord) => Promise<void>,
  ): Promise<number> {
    for (const record of records) await this.#attempt(record, () => work(record));
    return records.length;
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

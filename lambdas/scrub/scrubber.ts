import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import type { Random } from "../../shared/std/random.ts";
import type { Placements } from "../catalog/placements.ts";
import type { DataScrub } from "../ports/data-scrub.ts";
import type { Leases } from "../ports/leases.ts";
import type { ResyncNotes } from "../ports/resync-notes.ts";
import type { Applier } from "../replicate/applier.ts";
import { holdLease } from "../replicate/hold-lease.ts";

export interface ScrubberDeps {
  readonly data: DataScrub;
  readonly placements: Placements;
  readonly applier: Pick<Applier, "condemn">;
  readonly notes: Pick<ResyncNotes, "ask">;
  /** The region's own: one of its processes at a time. */
  readonly leases: Leases;
  readonly sleep: Sleep;
  readonly random: Random;
  readonly onDamaged: (collection: string, files: readonly string[]) => void;
}

/** How much still may be read: of one run over all collections, or before the maintenance of one. */
export interface ScrubBudget {
  bytes: number;
}

/** A second or two of one core. */
const BYTES_MAX = 256 * 1024 * 1024;

/**
 * Reads the store's files again: a copy in which one has changed is shown to nobody from then on, and built anew. Nothing of it is
 * mended, since what else is wrong with such a disk nobody knows.
 */
export class Scrubber {
  readonly #deps: ScrubberDeps;

  constructor(deps: ScrubberDeps) {
    this.#deps = deps;
  }

  budget(): ScrubBudget {
    return { bytes: BYTES_MAX };
  }

  /** Beginning anywhere: where one call can't read them all, each has its turn, also by processes that know nothing of each other. */
  inTurn(records: readonly CollectionRecord[]): CollectionRecord[] {
    const first = Math.floor(this.#deps.random() * records.length);
    return [...records.slice(first), ...records.slice(0, first)];
  }

  /** A part of a collection's files, in turn; another process's work is left to it. @throws what interrupts it */
  async scrub(record: CollectionRecord, budget: ScrubBudget, signal: AbortSignal): Promise<void> {
    if (budget.bytes <= 0) return;
    const { leases, sleep } = this.#deps;
    const lease = await leases.acquire(`${record.incarnation}/scrub`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#scrub(record, budget, ours));
  }

  async #scrub(record: CollectionRecord, budget: ScrubBudget, signal: AbortSignal): Promise<void> {
    const { data, placements, applier, notes, onDamaged } = this.#deps;
    const { layout, checkpoint } = await placements.read(record, signal);
    if (checkpoint === null) return;
    if (checkpoint.damaged !== true) {
      const { damaged, bytes } = await data.scrub(layout.key, budget.bytes, signal);
      budget.bytes -= bytes;
      if (damaged.length === 0) return;
      onDamaged(record.name, damaged);
      await applier.condemn(record, layout.key, signal);
    }
    // Also where whoever found it was interrupted before it said so.
    await notes.ask(record.incarnation, "content", "a data file is not what it was", signal);
  }
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Leases } from "../ports/leases.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { Segments } from "../ports/segments.ts";
import { holdLease } from "../replicate/hold-lease.ts";

export interface SegmentKeeperDeps {
  readonly region: string;
  readonly upkeep: Pick<LogUpkeep, "namedSegments">;
  readonly segments: Segments;
  /** Beside the log: one region at a time, whichever. */
  readonly leases: Leases;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Of a segment that nothing names: whoever wrote it may still be about to append, or was about to be read of when it was trimmed. */
const UNNAMED_MS_MIN = 24 * 3_600_000;
const LOOK_EVERY_MS = 3_600_000;
/** Of one call: the next one goes on. */
const LISTED_MAX = 20_000;
const REMOVED_MAX = 1_000;
const COLLECTIONS_MAX = 2_000;

/**
 * Removes segments that no entry of the log names: their append never came, or was repeated, or what named them was trimmed. In the
 * primary. What the log names is read after the names were listed; an old name is never given to an append (`Segments`).
 */
export class SegmentKeeper {
  readonly #deps: SegmentKeeperDeps;
  /** When a collection was looked at, by incarnation. */
  readonly #lookedMs = new Map<string, number>();

  constructor(deps: SegmentKeeperDeps) {
    this.#deps = deps;
  }

  /** @throws what interrupts it; another holder's work is left to it */
  async keep({ incarnation, primary }: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { region, leases, clock, sleep } = this.#deps;
    if (primary !== region) return;
    const lookedMs = this.#lookedMs.get(incarnation);
    const nowMs = clock.monotonicMs();
    if (lookedMs !== undefined && nowMs - lookedMs < LOOK_EVERY_MS) return;
    const lease = await leases.acquire(`${incarnation}/segments`, 0, signal);
    if (lease === null) return;
    const isDone = await holdLease(lease, sleep, signal, (ours) => this.#remove(incarnation, ours));
    if (this.#lookedMs.size >= COLLECTIONS_MAX) this.#lookedMs.clear();
    if (isDone) this.#lookedMs.set(incarnation, nowMs);
  }

  /** @returns whether nothing is left that could be removed now */
  async #remove(incarnation: string, signal: AbortSignal): Promise<boolean> {
    const { segments, upkeep, clock } = this.#deps;
    const listed = await segments.list(incarnation, LISTED_MAX, signal);
    const oldMs = clock.wallMs() - UNNAMED_MS_MIN;
    const old = listed.filter(({ writtenMs }) => writtenMs <= oldMs);
    if (old.length === 0) return true;
    const named = await upkeep.namedSegments(incarnation, signal);
    const unnamed = old.filter(({ name }) => !named.has(name));
    for (const { name } of unnamed.slice(0, REMOVED_MAX))
      await segments.remove(incarnation, name, signal);
    return unnamed.length <= REMOVED_MAX;
  }
}

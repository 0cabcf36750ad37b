import { lineOf, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import {
  wantedMap,
  type CollectionRecord,
  type LaidOutCollection,
} from "../../shared/contracts/collection.ts";
import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { Freshness, Served } from "../../shared/contracts/region-event.ts";
import {
  laterLogTime,
  stalenessMs,
  withinBound,
  type LogTime,
} from "../../shared/domain/log-clock.ts";
import { standing, standingToHead } from "../../shared/domain/line.ts";
import type { Point, PositionToken } from "../../shared/domain/point.ts";
import type { Placement } from "../../shared/domain/shard-map.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { StoreLayout, StoreView, VectorStore } from "../ports/store.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { LineBroken } from "../replicate/judge.ts";
import { LayoutBehind } from "../replicate/schema-entry.ts";
import { readToken } from "./read-token.ts";
import type { Readings } from "./readings.ts";
import { requireUnsealed } from "./require-unsealed.ts";

export interface ReaderDeps {
  readonly region: string;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly readings: Readings;
  /** Hears of each read whose freshness could not be met, and why. */
  readonly onUnavailable: (collection: string, error: unknown) => void;
}

/** A collection opened for one read: what it shows, and how fresh that is. */
export interface OpenedRead {
  /** The collection with the spaces that can be searched here now. */
  readonly collection: LaidOutCollection;
  /** Its other spaces: vectors are still being made for them. */
  readonly unfilled: readonly string[];
  readonly layout: StoreLayout;
  readonly view: StoreView;
  /** Which shard holds which document. */
  readonly placement: Placement;
  readonly served: Served;
}

const VIEWS_MAX = 200;
const PEEK_MS_MAX = 1_000;

/**
 * Opens collections at the freshness that a read asks for. A level that can't be met before the signal aborts is
 * a Problem, never a silent downgrade.
 */
export class Reader {
  readonly #deps: ReaderDeps;
  readonly #views = new Map<
    string,
    { readonly checkpoint: Checkpoint; readonly view: StoreView }
  >();

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** @throws Problem `consistency-unavailable`, `position-lost`, or `collection-moved` of one that was deleted */
  async open(
    record: CollectionRecord,
    freshness: Freshness,
    signal: AbortSignal,
  ): Promise<OpenedRead> {
    const token = readToken(record, freshness.token);
    try {
      let held =
        holding(await this.#deps.placements.read(record, signal)) ??
        (await this.#deps.applier.catchUp(record, null, signal));
      requireUnsealed(held.checkpoint);
      if (freshness.consistency !== "eventual")
        await this.#requireOnLine(record, held.checkpoint.point, signal);
      if (token !== null) held = await this.#reach(record, held, token, signal);
      if (freshness.consistency === "strong") held = await this.#level(record, held, signal);
      if (freshness.consistency === "bounded")
        held = await this.#bound(record, held, freshness.maxStalenessMs, signal);
      requireUnsealed(held.checkpoint);
      return await this.#opened(record, held, signal);
    } catch (error) {
      // What time could mend, and a log that is away or was cut short; a bug or a full disk is no matter of freshness.
      const outOfTime = signal.aborted || isProblem(error, "log-unavailable");
      const stopped = error instanceof LineBroken || error instanceof LayoutBehind;
      if (!outOfTime && !stopped) throw error;
      this.#deps.onUnavailable(record.name, error);
      const hint = `${this.#deps.region} can't show the asked freshness in time: ask for a wider maxStalenessMs, or eventual.`;
      throw new Problem("consistency-unavailable", hint, { cause: error });
    }
  }

  /** Whoever asks for freshness is sent elsewhere until the region holds what the log has. @throws LineBroken */
  async #requireOnLine(record: CollectionRecord, held: Point, signal: AbortSignal): Promise<void> {
    const { readings } = this.#deps;
    if (!readings.isOffLine(record.incarnation, held)) return;
    await abortable(readings.confirmShared(record), signal);
    if (readings.isOffLine(record.incarnation, held)) throw this.#lost(held);
  }

  #lost({ position }: Point): LineBroken {
    return new LineBroken(
      `${this.#deps.region} holds position ${position}, which the log has lost`,
    );
  }

  /** The collection as it is held here, whatever its age, labelled by one look at the log if that can be had; not opened if nothing is held. */
  async peek(
    record: CollectionRecord,
    signal: AbortSignal,
  ): Promise<{ readonly held: Held; readonly opened: OpenedRead | null }> {
    // Without an answer the staleness is unknown, and so it is told.
    await abortable(
      this.#deps.readings.confirmShared(record),
      AbortSignal.any([signal, AbortSignal.timeout(PEEK_MS_MAX)]),
    ).catch(() => undefined);
    const held = await this.#deps.placements.read(record, signal);
    const at = held.checkpoint?.damaged === true ? null : holding(held);
    return { held, opened: at === null ? null : await this.#opened(record, at, signal) };
  }

  /** `session`: the token's history is part of what is shown. */
  async #reach(
    record: CollectionRecord,
    held: Holding,
    token: PositionToken,
    signal: AbortSignal,
  ): Promise<Holding> {
    const reached =
      standing(lineOf(held.checkpoint), token) === "behind"
        ? await this.#caughtUp(record, held, token.position, signal)
        : held;
    if (standing(lineOf(reached.checkpoint), token) === "covered") return reached;
    throw new Problem(
      "position-lost",
      "The nearfield-position header names a point that the log does not have: read without it.",
    );
  }

  /** As far as the log is for these shards, where that is enough: what comes behind waits for the region's move. */
  async #caughtUp(
    record: CollectionRecord,
    held: Holding,
    position: number,
    signal: AbortSignal,
  ): Promise<Holding> {
    try {
      return await this.#deps.applier.catchUp(record, position, signal);
    } catch (error) {
      if (!(error instanceof LayoutBehind)) throw error;
      const now = holding(await this.#deps.placements.read(record, signal)) ?? held;
      if (now.checkpoint.point.position < position) throw error;
      return now;
    }
  }

  /** `strong`: a head that was read after this read began is covered. Never shares another read's confirm. */
  async #level(record: CollectionRecord, held: Holding, signal: AbortSignal): Promise<Holding> {
    const reading = await this.#deps.readings.confirm(record, signal);
    requireUnsealed(reading);
    const { point } = held.checkpoint;
    switch (standingToHead(point, reading)) {
      case "level":
        return held;
      case "behind":
        return this.#deps.applier.catchUp(record, reading.head.position, signal);
      case "lost":
        this.#deps.readings.keepOffLine(record.incarnation, point);
        throw this.#lost(point);
    }
  }

  /** `bounded`: staleness within the bound, by what is known, else by a confirm, else by catching up. */
  async #bound(
    record: CollectionRecord,
    held: Holding,
    maxStalenessMs: number,
    signal: AbortSignal,
  ): Promise<Holding> {
    const staleness = this.#staleness(record, held.checkpoint);
    if (withinBound(staleness, maxStalenessMs)) {
      // Past half the bound the next reading is fetched ahead, so that under traffic no read waits for one.
      if (!withinBound(staleness, maxStalenessMs / 2)) void this.#refresh(record, held.checkpoint);
      return held;
    }
    const reading = await abortable(this.#deps.readings.confirmShared(record), signal);
    requireUnsealed(reading);
    const level =
      held.checkpoint.point.position < reading.head.position
        ? await this.#deps.applier.catchUp(record, reading.head.position, signal)
        : held;
    if (withinBound(this.#staleness(record, level.checkpoint), maxStalenessMs)) return level;
    // A bound shorter than a reading of the log takes: a head read after this read began reflects all that was acknowledged before.
    return this.#level(record, level, signal);
  }

  async #refresh(record: CollectionRecord, checkpoint: Checkpoint): Promise<void> {
    try {
      const { head } = await this.#deps.readings.confirmShared(record);
      if (checkpoint.point.position < head.position)
        await this.#deps.applier.catchUp(record, head.position, AbortSignal.timeout(5_000));
    } catch {
      // Nobody waits for it: the read that passes the bound asks again, and reports what it finds.
    }
  }

  #confirmed(record: CollectionRecord, checkpoint: Checkpoint): LogTime | null {
    return this.#deps.readings.confirmed(
      record.incarnation,
      checkpoint.point,
      checkpoint.confirmed,
    );
  }

  #staleness(record: CollectionRecord, checkpoint: Checkpoint): number | null {
    return stalenessMs(
      this.#confirmed(record, checkpoint),
      this.#deps.readings.now(record.incarnation),
    );
  }

  async #opened(
    record: CollectionRecord,
    { collection, map, layout, checkpoint }: Holding,
    signal: AbortSignal,
  ): Promise<OpenedRead> {
    const known = this.#views.get(layout.key);
    let view = known?.view;
    if (known === undefined || view === undefined || !sameData(known.checkpoint, checkpoint)) {
      view = await this.#deps.store.openView(layout, checkpoint, signal);
      if (this.#views.size >= VIEWS_MAX) this.#views.clear();
      this.#views.set(layout.key, { checkpoint, view });
    }
    const confirmed = laterLogTime(this.#confirmed(record, checkpoint), checkpoint.confirmed);
    const now = this.#deps.readings.now(record.incarnation);
    const { incarnation } = record;
    // What the region is still to move to has no vectors here at all.
    const coming = Object.keys(wantedMap(record).spaces ?? {}).filter(
      (name) => !Object.hasOwn(collection.spaces, name),
    );
    const unfilled = [...(checkpoint.unfilled ?? []), ...coming];
    return {
      collection: { ...collection, spaces: without(collection.spaces, unfilled) },
      unfilled,
      layout,
      view,
      placement: this.#deps.placements.placement(record, map),
      served: {
        region: this.#deps.region,
        incarnation,
        map: map.version,
        point: checkpoint.point,
        confirmed,
        now,
      },
    };
  }
}

function without(
  spaces: CollectionRecord["spaces"],
  names: readonly string[],
): CollectionRecord["spaces"] {
  if (names.length === 0) return spaces;
  return Object.fromEntries(Object.entries(spaces).filter(([name]) => !names.includes(name)));
}

function holding(held: Held): Holding | null {
  const { checkpoint } = held;
  return checkpoint === null ? null : { ...held, checkpoint };
}

/** Whether two checkpoints show the same rows: then a view of one serves for the other. */
function sameData(a: Checkpoint, b: Checkpoint): boolean {
  return (
    a.point.chain === b.point.chain &&
    a.damaged === b.damaged &&
    a.versions.every((version, shard) => version !== null && version === b.versions[shard])
  );
}

import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Freshness, Served } from "../../shared/contracts/region-event.ts";
import {
  laterLogTime,
  stalenessMs,
  withinBound,
  type LogTime,
} from "../../shared/domain/log-clock.ts";
import {
  parseToken,
  standing,
  standingToHead,
  type PositionToken,
} from "../../shared/domain/point.ts";
import { createRing, type Ring } from "../../shared/domain/ring.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { layoutOf } from "../catalog/layout.ts";
import type { StoreLayout, StoreView, VectorStore } from "../ports/store.ts";
import type { Applier } from "../replicate/applier.ts";
import { LineBroken } from "../replicate/judge.ts";
import type { Readings } from "./readings.ts";

export interface ReaderDeps {
  readonly region: string;
  readonly store: VectorStore;
  readonly applier: Applier;
  readonly readings: Readings;
  /** Hears of each read whose freshness could not be met, and why. */
  readonly onUnavailable: (collection: string, error: unknown) => void;
}

/** A collection opened for one read: what it shows, and how fresh that is. */
export interface OpenedRead {
  readonly layout: StoreLayout;
  readonly view: StoreView;
  /** Which shard holds which document. */
  readonly ring: Ring;
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
    { readonly checkpoint: Checkpoint; readonly view: StoreView; readonly ring: Ring }
  >();

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** @throws Problem `consistency-unavailable` or `position-lost` */
  async open(
    record: CollectionRecord,
    freshness: Freshness,
    signal: AbortSignal,
  ): Promise<OpenedRead> {
    const token = readToken(record, freshness.token);
    try {
      let checkpoint = await this.#deps.store.readCheckpoint(layoutOf(record), signal);
      checkpoint ??= await this.#deps.applier.catchUp(record, null, signal);
      if (token !== null) checkpoint = await this.#reach(record, checkpoint, token, signal);
      if (freshness.consistency === "strong")
        checkpoint = await this.#level(record, checkpoint, signal);
      if (freshness.consistency === "bounded")
        checkpoint = await this.#bound(record, checkpoint, freshness.maxStalenessMs, signal);
      return await this.#opened(record, checkpoint, signal);
    } catch (error) {
      // What time could mend, and a log that is away or was cut short; a bug or a full disk is no matter of freshness.
      const outOfTime =
        signal.aborted || (error instanceof Problem && error.code === "log-unavailable");
      if (!outOfTime && !(error instanceof LineBroken)) throw error;
      this.#deps.onUnavailable(record.name, error);
      const hint = `${this.#deps.region} can't show the asked freshness in time: ask for a wider maxStalenessMs, or eventual.`;
      throw new Problem("consistency-unavailable", hint, { cause: error });
    }
  }

  /** The collection as it stands here, whatever its age, labelled by one look at the log if that can be had. Null if nothing is held. */
  async peek(record: CollectionRecord, signal: AbortSignal): Promise<OpenedRead | null> {
    // Without an answer the staleness is unknown, and so it is told.
    await abortable(
      this.#deps.readings.confirmShared(record),
      AbortSignal.any([signal, AbortSignal.timeout(PEEK_MS_MAX)]),
    ).catch(() => undefined);
    const checkpoint = await this.#deps.store.readCheckpoint(layoutOf(record), signal);
    return checkpoint === null ? null : this.#opened(record, checkpoint, signal);
  }

  /** `session`: the token's history is part of what is shown. */
  async #reach(
    record: CollectionRecord,
    held: Checkpoint,
    token: PositionToken,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    let checkpoint = held;
    if (standing(checkpoint.point, token) === "behind") {
      checkpoint = await this.#deps.applier.catchUp(record, token.position, signal);
    }
    if (standing(checkpoint.point, token) === "covered") return checkpoint;
    throw new Problem(
      "position-lost",
      "The nearfield-position header names a point that the log does not have: read without it.",
    );
  }

  /** `strong`: a head that was read after this read began is covered. Never shares another read's confirm. */
  async #level(
    record: CollectionRecord,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const { head } = await this.#deps.readings.confirm(record, signal);
    switch (standingToHead(checkpoint.point, head)) {
      case "level":
        return checkpoint;
      case "behind":
        return this.#deps.applier.catchUp(record, head.position, signal);
      case "lost":
        throw new LineBroken(
          `${this.#deps.region} holds position ${checkpoint.point.position}, which the log has lost`,
        );
    }
  }

  /** `bounded`: staleness within the bound, by what is known, else by a confirm, else by catching up. */
  async #bound(
    record: CollectionRecord,
    held: Checkpoint,
    maxStalenessMs: number,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const staleness = this.#staleness(record, held);
    if (withinBound(staleness, maxStalenessMs)) {
      // Past half the bound the next reading is fetched ahead, so that under traffic no read waits for one.
      if (!withinBound(staleness, maxStalenessMs / 2)) void this.#refresh(record, held);
      return held;
    }
    const reading = await abortable(this.#deps.readings.confirmShared(record), signal);
    let checkpoint = held;
    if (checkpoint.point.position < reading.head.position) {
      checkpoint = await this.#deps.applier.catchUp(record, reading.head.position, signal);
    }
    if (withinBound(this.#staleness(record, checkpoint), maxStalenessMs)) return checkpoint;
    // A bound shorter than a reading of the log takes: a head read after this read began reflects all that was acknowledged before.
    return this.#level(record, checkpoint, signal);
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
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<OpenedRead> {
    const layout = layoutOf(record);
    const known = this.#views.get(layout.key);
    const ring = known?.ring ?? createRing(layout.shards);
    let view = known?.view;
    if (known === undefined || view === undefined || !sameData(known.checkpoint, checkpoint)) {
      view = await this.#deps.store.openView(layout, checkpoint, signal);
      if (this.#views.size >= VIEWS_MAX) this.#views.clear();
      this.#views.set(layout.key, { checkpoint, view, ring });
    }
    const confirmed = laterLogTime(this.#confirmed(record, checkpoint), checkpoint.confirmed);
    const now = this.#deps.readings.now(record.incarnation);
    const { incarnation } = record;
    return {
      layout,
      view,
      ring,
      served: { region: this.#deps.region, incarnation, point: checkpoint.point, confirmed, now },
    };
  }
}

/** Whether two checkpoints show the same rows: then a view of one serves for the other. */
function sameData(a: Checkpoint, b: Checkpoint): boolean {
  return (
    a.point.chain === b.point.chain &&
    a.versions.every((version, shard) => version !== null && version === b.versions[shard])
  );
}

function readToken(record: CollectionRecord, text: string | null): PositionToken | null {
  if (text === null) return null;
  const token = parseToken(text);
  if (token === null)
    throw new Problem(
      "invalid-request",
      "The header nearfield-position is not one that nearfield gave.",
    );
  if (token.incarnation !== record.incarnation) {
    throw new Problem(
      "position-lost",
      "The nearfield-position header is of another collection: read without it.",
    );
  }
  return token;
}

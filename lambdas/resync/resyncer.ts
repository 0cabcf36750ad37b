import type { CollectionRecord, LaidOutCollection } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { SnapshotManifest } from "../../shared/contracts/snapshot.ts";
import { standingToHead } from "../../shared/domain/line.ts";
import { FIRST_TERM, originPoint, type Point } from "../../shared/domain/point.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Held } from "../catalog/placements.ts";
import type { Lease, Leases } from "../ports/leases.ts";
import type { LogReading } from "../ports/write-log.ts";
import type { ResyncCause, ResyncNotes } from "../ports/resync-notes.ts";
import type { WatchList } from "../ports/watch-list.ts";
import type { Applier } from "../replicate/applier.ts";
import { applyLine, beginLayout, type Holding, type LineDeps } from "../replicate/apply-line.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { LineBroken } from "../replicate/judge.ts";
import { LayoutBehind } from "../replicate/schema-entry.ts";
import { SnapshotDamaged } from "../snapshot/snapshot-damaged.ts";
import { buildTables, type BuildDeps } from "./build-tables.ts";
import { isOnLine, wholeBehind } from "./log-line.ts";

export interface ResyncerDeps extends LineDeps, BuildDeps {
  readonly region: string;
  readonly applier: Pick<Applier, "catchUp" | "move">;
  readonly leases: Leases;
  readonly sleep: Sleep;
  /** Null where no answers are watched. */
  readonly watch: Pick<WatchList, "end"> | null;
  readonly notes: ResyncNotes;
  /** Keeps what is held and the log, ending so, has lost, before it is left. */
  readonly keepLost: (
    record: CollectionRecord,
    held: Point,
    end: Pick<LogReading, "head" | "terms">,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Has some region that is past a position make a snapshot; of another copy than this one, where that is what is wrong. */
  readonly wish: (
    record: CollectionRecord,
    atLeast: number,
    cause: ResyncCause,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Hears of each part that can't be used. */
  readonly onDamaged: (collection: string, error: SnapshotDamaged) => void;
  readonly onResynced: (collection: string, from: number, to: number) => void;
}

/** No snapshot can be followed by what the log has. Where no region is past that either, the log has lost a part of its tail. */
export class NothingToBuildFrom extends Error {
  override readonly name = "NothingToBuildFrom";
}

/** No read of tables that were left lasts this long. */
const READERS_GONE_MS = 2 * LIMITS.deadlineMsMax;

/**
 * Builds a region's copy of a collection anew where it can't be applied to any further: the log has a gap or a broken chain, it was
 * trimmed, or what is held is not on its line; or where what is held was found to be wrong. New tables are made of a snapshot and what the log has behind it, and the old ones
 * lead on to them: until then, and where it is interrupted, what was there stays as it was.
 */
export class Resyncer {
  readonly #deps: ResyncerDeps;

  constructor(deps: ResyncerDeps) {
    this.#deps = deps;
  }

  /**
   * Another holder's work is left to it, and where the collection can be applied to after all, and nothing is known to be wrong with
   * it, nothing is built.
   * @throws NothingToBuildFrom, and what interrupts it
   */
  async resync(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { placements, leases, sleep } = this.#deps;
    const held = await placements.read(record, signal);
    // Above every number that tables have had, also where the counter was lost.
    const seen = Math.max(held.tables, held.checkpoint?.fence ?? 0);
    const lease = await leases.acquire(`${record.incarnation}/resync`, seen, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, async (ours) => {
      const { notes } = this.#deps;
      const cause = (await notes.asked(ours)).get(record.incarnation) ?? "line";
      if (cause === "content" || (await this.#isBroken(record, ours)))
        await this.#build(record, lease, cause, ours);
      await notes.settle(record.incarnation, ours);
    });
  }

  /** Removes tables that nobody needs any more. */
  async clear(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { notes, leases, sleep } = this.#deps;
    if ((await notes.spent(record.incarnation, signal)).length === 0) return;
    // Nobody else is making tables then.
    const lease = await leases.acquire(`${record.incarnation}/resync`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#clear(record, ours));
  }

  async #isBroken(record: CollectionRecord, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#deps.applier.catchUp(record, null, signal);
      return false;
    } catch (error) {
      if (error instanceof LineBroken) return true;
      throw error;
    }
  }

  async #build(
    record: CollectionRecord,
    lease: Lease,
    cause: ResyncCause,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, placements, applier, watch, notes, clock, onResynced } = this.#deps;
    const { incarnation } = record;
    const held = await placements.read(record, signal);
    if (held.tables >= lease.fence) throw new Error("another holder has been here since");
    await this.#keepLost(record, held, signal);
    // Before any table is touched: what is on the list may be right up to a point of another line.
    await watch?.end(incarnation, signal);
    await this.#clear(record, signal);
    const origin = originPoint(incarnation, FIRST_TERM);
    const whole = await wholeBehind(log, held.collection, origin, signal);
    const candidates = this.#candidates(record, held.collection, whole, cause, signal);
    for await (const manifest of candidates) {
      const map = manifest?.map ?? held.map;
      const tables = lease.fence;
      const begun = { map, tables, atMs: clock.wallMs() };
      await notes.addSpent(incarnation, begun, signal);
      const built = await this.#built(record, manifest, { ...held, map, tables }, signal);
      if (built === null) continue;
      await this.#followLog(built, signal);
      const left = { map: held.map, tables: held.tables, atMs: clock.wallMs() };
      if (held.checkpoint !== null) await notes.addSpent(incarnation, left, signal);
      await applier.move(record, { map, tables }, signal);
      await notes.removeSpent(incarnation, begun, signal);
      onResynced(
        record.name,
        held.checkpoint?.point.position ?? 0,
        built.checkpoint.point.position,
      );
      return;
    }
    await this.#deps.wish(record, whole, cause, signal);
    throw new NothingToBuildFrom(
      `the log is whole behind position ${whole} only, and no snapshot is there`,
    );
  }

  /** What the log has lost and this region still holds may be all that is left of it: a promotion has to end that term first. */
  async #keepLost(record: CollectionRecord, held: Held, signal: AbortSignal): Promise<void> {
    const point = held.checkpoint?.point ?? null;
    if (point === null) return;
    const { head, terms, now } = await this.#deps.log.confirm(held.collection, signal);
    if (standingToHead(point, { head, terms }) !== "lost") return;
    if (now.term <= point.term)
      throw new Error(`the log has lost position ${point.position}: it needs a promotion`);
    await this.#deps.keepLost(record, point, { head, terms }, signal);
  }

  /** What new tables may be made of, the newest first: snapshots, or null for the log alone. */
  async *#candidates(
    record: CollectionRecord,
    collection: LaidOutCollection,
    whole: number,
    cause: ResyncCause,
    signal: AbortSignal,
  ): AsyncGenerator<SnapshotManifest | null, void, void> {
    const { region, library, log, onDamaged } = this.#deps;
    const told = (error: SnapshotDamaged) => onDamaged(record.name, error);
    const listed = await library.list(record.tenant, record.incarnation, signal, told);
    for (const { manifest, verified } of listed) {
      const { point } = manifest.state;
      if (!verified || point.position < whole) continue;
      if (cause === "content" && manifest.region === region) continue; // It may show what is wrong here.
      if (await isOnLine(log, collection, point, signal)) yield manifest;
    }
    if (whole === 0) yield null;
  }

  /** @returns null where the snapshot is damaged */
  async #built(
    record: CollectionRecord,
    manifest: SnapshotManifest | null,
    { map, tables }: Pick<Held, "map" | "tables">,
    signal: AbortSignal,
  ): Promise<Holding | null> {
    const { store, onDamaged } = this.#deps;
    const laid = laidOut(record, map, tables);
    // Where the lease's counter was lost, somebody who died may have begun tables of this very number.
    await store.drop(laid.layout, signal);
    if (manifest === null) return beginLayout(store, laid, null, { fence: tables }, signal);
    try {
      return await buildTables(this.#deps, record, manifest, tables, signal);
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) throw error;
      onDamaged(record.name, error);
      await store.drop(laid.layout, signal); // Half of them: the next snapshot begins with none.
      return null;
    }
  }

  /** As far as these shards can: the log may go on for those of a newer map, to which the region moves once it has these. */
  async #followLog(built: Holding, signal: AbortSignal): Promise<void> {
    try {
      await applyLine(this.#deps, built, signal);
    } catch (error) {
      if (!(error instanceof LayoutBehind)) throw error;
    }
  }

  async #clear(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { store, placements, notes, clock } = this.#deps;
    const { incarnation } = record;
    const held = await placements.read(record, signal);
    for (const spent of await notes.spent(incarnation, signal)) {
      const { layout } = laidOut(record, spent.map, spent.tables);
      if (layout.key !== held.layout.key) {
        const checkpoint = await store.readCheckpoint(layout, signal);
        const moved = checkpoint?.moved;
        if (moved !== undefined && clock.wallMs() - moved.atMs < READERS_GONE_MS) continue;
        // What was left leads on; what was never finished leads nowhere.
        if (moved === undefined) await store.drop(layout, signal);
        else await store.retire(layout, signal);
      }
      await notes.removeSpent(incarnation, spent, signal);
    }
  }
}

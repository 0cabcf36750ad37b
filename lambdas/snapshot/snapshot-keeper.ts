import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { SnapshotManifest } from "../../shared/contracts/snapshot.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { Leases } from "../ports/leases.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { isOnLine } from "../resync/log-line.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";
import type { ListedSnapshot, SnapshotLibrary } from "./snapshot-library.ts";
import type { Snapshotter } from "./snapshotter.ts";

export interface SnapshotKeeperDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly upkeep: LogUpkeep;
  readonly placements: Placements;
  readonly library: SnapshotLibrary;
  readonly snapshotter: Pick<Snapshotter, "make">;
  /** Beside the log: one region at a time, whichever. */
  readonly leases: Leases;
  readonly sleep: Sleep;
  readonly onDamaged: (collection: string, error: SnapshotDamaged) => void;
}

/** Of the log behind the newest snapshot: what a region that begins anew has to read. */
const TAIL_BYTES_MAX = 64 * 1024 * 1024;
const TAIL_SHARE_MAX = 0.1;
/** The newest may turn out damaged: then the one before, and the log behind it, are needed. */
const NEEDED = 2;
const SCHEDULED_KEPT = 3;
/** A region that said nothing for so long begins anew from a snapshot. */
const SILENT_MS_MAX = 6 * 3_600_000;
/** Of one call: the next one goes on. */
const TRIMS_MAX = 100;

/** Has a snapshot made when the log behind the last one is long, and cuts the log off behind what is safe. In the primary. */
export class SnapshotKeeper {
  readonly #deps: SnapshotKeeperDeps;

  constructor(deps: SnapshotKeeperDeps) {
    this.#deps = deps;
  }

  /** @throws what interrupts it; another holder's work is left to it */
  async keep(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { region, leases, sleep } = this.#deps;
    if (record.primary !== region) return;
    const lease = await leases.acquire(`${record.incarnation}/snapshots`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#keep(record, ours));
  }

  async #keep(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { upkeep, placements } = this.#deps;
    const held = await placements.read(record, signal);
    if (held.checkpoint === null) return;
    const { bytes, start } = await upkeep.tail(record.incarnation, signal);
    let good = await this.#good(record, held, signal);
    if (isTailLong(bytes, good[0])) good = await this.#another(record, held, signal);
    if ((await this.#trimmable(record, good, signal)) < start) return; // Nothing is read back for nothing.
    let sound = await this.#sound(record, good, signal);
    if (sound.length < NEEDED)
      sound = await this.#sound(record, await this.#another(record, held, signal), signal);
    await this.#trim(record, sound, signal);
  }

  /** Up to which position the log could be cut off, if the snapshots are whole: as the log itself decides when it is trimmed. */
  async #trimmable(
    { incarnation }: CollectionRecord,
    good: readonly SnapshotManifest[],
    signal: AbortSignal,
  ): Promise<number> {
    const needed = good[NEEDED - 1]?.state.point.position ?? 0;
    const reports = await this.#deps.upkeep.reports(incarnation, signal);
    const heard = reports.filter(({ silentMs }) => silentMs < SILENT_MS_MAX);
    return Math.min(needed, ...heard.map(({ position }) => position));
  }

  async #another(
    record: CollectionRecord,
    held: Held,
    signal: AbortSignal,
  ): Promise<SnapshotManifest[]> {
    await this.#deps.snapshotter.make(record, "scheduled", async () => undefined, signal);
    return this.#good(record, held, signal);
  }

  /** The newest that are whole still: what was read back long ago may have been damaged since, and nothing else is left of what is trimmed. */
  async #sound(
    { name }: CollectionRecord,
    good: readonly SnapshotManifest[],
    signal: AbortSignal,
  ): Promise<SnapshotManifest[]> {
    const { library, onDamaged } = this.#deps;
    const sound: SnapshotManifest[] = [];
    for (const manifest of good) {
      if (sound.length === NEEDED) break;
      try {
        for await (const _ of library.lines(manifest, signal));
        sound.push(manifest);
      } catch (error) {
        if (!(error instanceof SnapshotDamaged)) throw error;
        onDamaged(name, error);
      }
    }
    return sound;
  }

  /** Only what was read back, and lies on the log's line, counts. Newest first. */
  async #good(
    record: CollectionRecord,
    { collection }: Held,
    signal: AbortSignal,
  ): Promise<SnapshotManifest[]> {
    const { library, log, onDamaged } = this.#deps;
    await library.removeUnfinished(record.tenant, record.incarnation, signal);
    const told = (error: SnapshotDamaged) => onDamaged(record.name, error);
    const listed = await library.list(record.tenant, record.incarnation, signal, told);
    const good: SnapshotManifest[] = [];
    for (const { manifest, verified } of listed)
      if (verified && (await isOnLine(log, collection, manifest.state.point, signal)))
        good.push(manifest);
    await this.#prune(record, listed, good, signal);
    return good;
  }

  async #trim(
    { incarnation }: CollectionRecord,
    sound: readonly SnapshotManifest[],
    signal: AbortSignal,
  ): Promise<void> {
    const needed = sound[NEEDED - 1];
    if (needed === undefined) return;
    const { point } = needed.state;
    for (let round = 0; round < TRIMS_MAX; round++) {
      const trimmed = await this.#deps.upkeep.trim(incarnation, point, SILENT_MS_MAX, signal);
      if (trimmed === null || !trimmed.more) return;
    }
  }

  /** Those that somebody asked for stay. */
  async #prune(
    { tenant }: CollectionRecord,
    listed: readonly ListedSnapshot[],
    good: readonly SnapshotManifest[],
    signal: AbortSignal,
  ): Promise<void> {
    const needed = new Set(good.slice(0, NEEDED).map(({ id }) => id));
    const scheduled = listed.filter(({ manifest }) => manifest.kind === "scheduled");
    for (const { manifest } of scheduled.slice(SCHEDULED_KEPT))
      if (!needed.has(manifest.id)) await this.#deps.library.remove(tenant, manifest.id, signal);
  }
}

/** @param bytes that were ever appended to the log */
export function isTailLong(
  bytes: number,
  newest: Pick<SnapshotManifest, "logBytes" | "bytes"> | undefined,
): boolean {
  const size = newest?.bytes ?? 0;
  return bytes - (newest?.logBytes ?? 0) > Math.max(TAIL_BYTES_MAX, TAIL_SHARE_MAX * size);
}

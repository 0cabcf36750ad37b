import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  DamagedPart,
  SnapshotManifest,
  SnapshotPart,
} from "../../shared/contracts/snapshot.ts";
import { lineOf } from "../../shared/contracts/checkpoint.ts";
import { covers } from "../../shared/domain/line.ts";
import { samePoint, type Point } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Random } from "../../shared/std/random.ts";
import type { LogSeeder } from "../ports/log-seeder.ts";
import type { LoggedEntry, WriteLog } from "../ports/write-log.ts";
import { followLine } from "../replicate/judge.ts";
import type { OnDocuments } from "./snapshotter.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";
import { incarnationOf, newSnapshotId, positionOf } from "./snapshot-names.ts";

export interface RestorerDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly seeder: LogSeeder;
  readonly library: SnapshotLibrary;
  readonly clock: Clock;
  readonly random: Random;
}

export interface RestoreOrder {
  readonly tenant: string;
  readonly snapshot: string;
  readonly into: string;
  /** Null: as the snapshot has it. */
  readonly at: number | null;
  /** Of the new collection: by it an order that was interrupted is known again. */
  readonly incarnation: string;
}

/** What is restored. */
interface Source {
  /** The snapshot that was asked for; null where its manifest can't be read. */
  readonly named: SnapshotManifest | null;
  /** That one, or one that stands in. */
  readonly from: SnapshotManifest;
  readonly position: number;
}

export interface Restored {
  readonly record: CollectionRecord;
  /** The snapshot that it was made of: an older one, with more of the log behind it, where the one that was named is damaged. */
  readonly from: SnapshotManifest;
  /** Position of the restored documents; the log goes on behind it with an entry that says so. */
  readonly position: number;
  readonly damaged: readonly DamagedPart[];
}

/**
 * Restores a snapshot into a new collection: its parts are read, checked and copied, the log of the collection that it was of is
 * copied behind them where a later position is wanted, and only then is the new collection registered. Each region then begins it
 * as it begins any collection whose log was trimmed: from its snapshot. Nothing that is there is touched.
 */
export class Restorer {
  readonly #deps: RestorerDeps;

  constructor(deps: RestorerDeps) {
    this.#deps = deps;
  }

  /** @throws Problem `not-found`, `already-exists`, `snapshot-damaged` (with all damaged parts), `position-lost` */
  async restore(
    order: RestoreOrder,
    onDocuments: OnDocuments,
    signal: AbortSignal,
  ): Promise<Restored> {
    const { tenant, snapshot, into, incarnation } = order;
    const { log, seeder, library } = this.#deps;
    const position = order.at ?? positionOf(snapshot);
    const standing = await log.collection(tenant, into, signal);
    if (standing !== null) {
      if (standing.incarnation !== incarnation) throw taken(into);
      const [own] = await library.list(tenant, incarnation, signal, () => undefined);
      const from = required(own, "it was registered behind its snapshot").manifest;
      return { record: standing, from, position, damaged: [] };
    }
    // Whoever was interrupted left it half done.
    if (await seeder.abandon(incarnation, signal))
      await library.removeAll(tenant, incarnation, signal);
    const damaged: DamagedPart[] = [];
    let named: SnapshotManifest | null = null;
    let found = false;
    for (const id of await this.#candidates(order, position, signal)) {
      try {
        const from = await this.#deps.library.manifest(tenant, id, signal);
        if (from === null) continue;
        found = true;
        if (id === snapshot) named = from;
        const record = await this.#restoreFrom(
          order,
          { named, from, position },
          onDocuments,
          signal,
        );
        if (record === null) continue;
        return { record, from, position, damaged };
      } catch (error) {
        if (!(error instanceof SnapshotDamaged)) throw error;
        damaged.push(error.damaged);
      }
    }
    const first = damaged[0];
    if (first === undefined || (!found && first.part !== "manifest"))
      throw new Problem("not-found", "There is no such snapshot; GET /v1/snapshots lists yours.");
    throw new Problem(
      "snapshot-damaged",
      `Nothing was restored: ${first.part} of ${first.snapshot} is missing or was altered, and no older snapshot can stand in.`,
    );
  }

  /** The one that was named; then older ones that were read back, the newest first. */
  async #candidates(
    { tenant, snapshot }: RestoreOrder,
    position: number,
    signal: AbortSignal,
  ): Promise<string[]> {
    const incarnation = incarnationOf(snapshot);
    const listed = await this.#deps.library.list(tenant, incarnation, signal, () => undefined);
    const others = listed
      .filter(({ verified, manifest: { id } }) => verified && id !== snapshot)
      .map(({ manifest: { id } }) => id)
      .filter((id) => positionOf(id) <= position);
    return [snapshot, ...others];
  }

  /** @returns null, with nothing done, where this snapshot and the log behind it are of another history than the one that was named */
  async #restoreFrom(
    { tenant, into, incarnation }: RestoreOrder,
    { named, from, position }: Source,
    onDocuments: OnDocuments,
    signal: AbortSignal,
  ): Promise<CollectionRecord | null> {
    const { log, library, seeder, random, region, clock } = this.#deps;
    const source = await log.collection(tenant, from.record.name, signal);
    const live = source?.incarnation === from.record.incarnation ? source : null;
    const tail = await this.#tail(live, from, position, signal);
    if (named !== null && !hasPoint(from, tail, named.state.point)) return null;
    const term = Math.max(from.state.point.term, ...tail.map((entry) => entry.term));
    // Maps that came later are only needed where entries of theirs are restored.
    const later = tail.length === 0 ? [] : (live?.shardMaps ?? []);
    const record: CollectionRecord = {
      ...from.record,
      name: into,
      incarnation,
      primary: region,
      term,
      shardMaps: [from.map, ...later.filter(({ version }) => version > from.map.version)],
    };
    const id = newSnapshotId(incarnation, from.state.point.position, random);
    try {
      const parts: SnapshotPart[] = [];
      let documents = 0;
      for await (const lines of library.lines(from, signal)) {
        parts.push(await library.writePart(tenant, id, parts.length, lines, signal));
        documents += lines.length;
        await onDocuments(documents, from.documents);
      }
      // The new log has one term from its beginning on.
      const { line: _, ...rest } = from.state;
      const state = { ...rest, point: { ...rest.point, term } };
      const manifest = { ...from, id, kind: "asked" as const, madeMs: clock.wallMs(), region };
      await library.writeManifest({ ...manifest, record, state, logBytes: 0, parts }, signal);
      await library.verify(tenant, id, { region, atMs: clock.wallMs() }, signal);
      await this.#seed(record, from, tail, signal);
      const standing = await seeder.register(record, signal);
      if (standing.incarnation !== incarnation) throw taken(into);
      return record;
    } catch (error) {
      const limited = AbortSignal.timeout(ABANDON_MS_MAX);
      // Where only the reply was lost, it is registered, and can be built from this snapshot alone.
      const nobodys = await seeder.abandon(incarnation, limited).catch(() => false);
      if (nobodys) await library.remove(tenant, id, limited).catch(() => undefined);
      if (nobodys || signal.aborted) throw error;
      const standing = await log.collection(tenant, into, limited).catch(() => null);
      if (standing?.incarnation !== incarnation) throw error;
      return standing;
    }
  }

  /** @throws Problem `position-lost` where the log no longer has all that is between the snapshot and the position */
  async #tail(
    source: CollectionRecord | null,
    { state: { point: at } }: SnapshotManifest,
    position: number,
    signal: AbortSignal,
  ): Promise<LoggedEntry[]> {
    const tail: LoggedEntry[] = [];
    let point: Point = at;
    let bytes = 0;
    while (point.position < position) {
      const page =
        source === null ? null : await this.#deps.log.pull(source, point.position + 1, signal);
      // Of a log that was sealed meanwhile nothing is copied: its end would be the new one's too.
      const pulled = page === null || page.sealed !== null ? [] : page.entries;
      const entries = pulled.filter((entry) => entry.position <= position);
      bytes += entries.reduce((sum, { json }) => sum + json.length, 0);
      if (entries.length === 0 || bytes > TAIL_BYTES_MAX)
        throw new Problem(
          "position-lost",
          `The log does not have what is between position ${at.position}, where the snapshot is, and ${position}.`,
        );
      point = followLine(point, entries);
      tail.push(...entries);
    }
    return tail;
  }

  async #seed(
    record: CollectionRecord,
    { id, state, map }: SnapshotManifest,
    tail: readonly LoggedEntry[],
    signal: AbortSignal,
  ): Promise<void> {
    const { seeder } = this.#deps;
    let { position } = state.point;
    await seeder.begin(record, state.point, state.schema ?? record.schemaVersion, signal);
    const restored: LogEntry = {
      v: 1,
      kind: "restored",
      snapshot: id,
      position: tail.at(-1)?.position ?? position,
    };
    for (const entries of pagesOf([...tail.map(({ json }) => json), JSON.stringify(restored)])) {
      const end = await seeder.append(record, position, entries, signal);
      position += entries.length;
      if (end.position !== position)
        throw new Error(
          `the log of map ${map.version} ends at ${end.position}, not at ${position}`,
        );
    }
  }
}

const ABANDON_MS_MAX = 5_000;
/** Of a log behind a snapshot: it is held in memory until the parts were checked. */
const TAIL_BYTES_MAX = 256 * 1024 * 1024;

/** Whether a point is of the history that a snapshot and the log behind it make. */
function hasPoint(
  { state }: SnapshotManifest,
  tail: readonly LoggedEntry[],
  point: Point,
): boolean {
  if (state.point.position > point.position) return covers(lineOf(state), point);
  const at = [state.point, ...tail].find(({ position }) => position === point.position);
  return at !== undefined && samePoint(at, point);
}

/** As many as one append takes at once. */
function pagesOf(entries: readonly string[]): string[][] {
  const pages: string[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = utf8Length(entry);
    const full =
      pages.length === 0 ||
      bytes + size > LIMITS.appendBytesMax ||
      required(pages.at(-1), "a page").length === LIMITS.appendEntriesMax;
    if (full) pages.push([]);
    bytes = full ? size : bytes + size;
    required(pages.at(-1), "a page").push(entry);
  }
  return pages;
}

function taken(name: string): Problem {
  return new Problem(
    "already-exists",
    `There is a collection named ${name}: name one that is free.`,
  );
}

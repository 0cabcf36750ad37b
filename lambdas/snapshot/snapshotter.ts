import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { SnapshotManifest, SnapshotPart } from "../../shared/contracts/snapshot.ts";
import { ContentDigest } from "../../shared/domain/content-digest.ts";
import { samePoint } from "../../shared/domain/point.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Random } from "../../shared/std/random.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { Placements } from "../catalog/placements.ts";
import { readPage } from "../document/stored-document.ts";
import type { DataScrub } from "../ports/data-scrub.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { StoreView, VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { isOnLine } from "../resync/log-line.ts";
import { lineOf } from "./document-line.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";
import { newSnapshotId } from "./snapshot-names.ts";

export interface SnapshotterDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly upkeep: Pick<LogUpkeep, "tail">;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly applier: Pick<Applier, "catchUp">;
  readonly library: SnapshotLibrary;
  /** Null where the store keeps its files to itself. */
  readonly scrub: Pick<DataScrub, "check"> | null;
  readonly clock: Clock;
  readonly random: Random;
}

/** What is told of a snapshot that is being made. */
export type OnDocuments = (documents: number, total: number) => Promise<void>;

/** Documents read at once, with their vectors. */
const PAGE_DOCUMENTS = 200;

/**
 * Makes snapshots: a collection at one point, read from a pinned view beside readers and appliers. Tombstones are not in it: it is
 * only ever restored to tables that no older write can reach.
 */
export class Snapshotter {
  readonly #deps: SnapshotterDeps;

  constructor(deps: SnapshotterDeps) {
    this.#deps = deps;
  }

  /**
   * @returns the snapshot, once all of it was read back
   * @throws Error where what is held is not on the log's line, or, on an engine that pins no view, was changed meanwhile
   */
  async make(
    record: CollectionRecord,
    kind: SnapshotManifest["kind"],
    onDocuments: OnDocuments,
    signal: AbortSignal,
  ): Promise<SnapshotManifest> {
    const { log, upkeep, store, applier, library, region, clock } = this.#deps;
    const { bytes: logBytes } = await upkeep.tail(record.incarnation, signal);
    const held = await this.#held(record, signal);
    const { point } = held.checkpoint;
    if (!(await isOnLine(log, held.collection, point, signal)))
      throw new Error(`position ${point.position} is not on the log's line`);
    const manifest = await this.#write(record, held, { kind, logBytes }, onDocuments, signal);
    if (!store.traits.snapshotReads) {
      // Whoever died between its rows and its checkpoint left the log behind: then this moves the checkpoint.
      const after = await applier.catchUp(record, null, signal);
      if (after.layout.key !== held.layout.key || !samePoint(after.checkpoint.point, point)) {
        await library.remove(record.tenant, manifest.id, signal);
        throw new Error(
          "the collection was written to while it was read, and its store pins no view",
        );
      }
    }
    await this.#requireSound(record, held, manifest, signal);
    await library.verify(record.tenant, manifest.id, { region, atMs: clock.wallMs() }, signal);
    return manifest;
  }

  /** A snapshot of damaged files would make others as damaged. It does not count yet. */
  async #requireSound(
    { tenant }: CollectionRecord,
    { layout }: Holding,
    { id }: SnapshotManifest,
    signal: AbortSignal,
  ): Promise<void> {
    const damaged = (await this.#deps.scrub?.check(layout.key, signal)) ?? [];
    if (damaged.length === 0) return;
    await this.#deps.library.remove(tenant, id, signal);
    throw new Error(`${damaged.length} data files of the collection are damaged`);
  }

  async #held(record: CollectionRecord, signal: AbortSignal): Promise<Holding> {
    const { store, placements, applier } = this.#deps;
    if (!store.traits.snapshotReads) return applier.catchUp(record, null, signal);
    const held = await placements.read(record, signal);
    if (held.checkpoint === null) throw new Error("the region holds nothing of the collection");
    return { ...held, checkpoint: held.checkpoint };
  }

  async #write(
    record: CollectionRecord,
    held: Holding,
    about: Pick<SnapshotManifest, "kind" | "logBytes">,
    onDocuments: OnDocuments,
    signal: AbortSignal,
  ): Promise<SnapshotManifest> {
    const { store, library, clock, random, region } = this.#deps;
    const { map, checkpoint } = held;
    const { point, line, schema, unfilled, verdicts } = checkpoint;
    const view = await store.openView(held.layout, checkpoint, signal);
    const counts = allShards(map).map((shard) => view.count(shard, null, signal));
    const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    const id = newSnapshotId(record.incarnation, point.position, random);
    const digest = new ContentDigest();
    const parts: SnapshotPart[] = [];
    let documents = 0;
    try {
      for await (const lines of partsOf(view, held, signal)) {
        for (const line of lines) digest.add(line);
        parts.push(await library.writePart(record.tenant, id, parts.length, lines, signal));
        documents += lines.length;
        await onDocuments(documents, total);
      }
      const manifest: SnapshotManifest = {
        v: 1,
        id,
        ...about,
        madeMs: clock.wallMs(),
        region,
        record,
        map,
        state: {
          point,
          ...(line === undefined ? {} : { line }),
          ...(schema === undefined ? {} : { schema }),
          ...(unfilled === undefined ? {} : { unfilled }),
          ...(verdicts === undefined ? {} : { verdicts }),
        },
        documents,
        bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
        digest: digest.hex(),
        parts,
      };
      await library.writeManifest(manifest, signal);
      return manifest;
    } catch (error) {
      // Best effort: what is left was never read back, and is removed before the next snapshot.
      await library
        .remove(record.tenant, id, AbortSignal.timeout(REMOVE_MS_MAX))
        .catch(() => undefined);
      throw error;
    }
  }
}

const REMOVE_MS_MAX = 5_000;

/** The lines of all documents of a view, as many as fit a part at once. @throws Error where the view is not that of its point */
export async function* partsOf(
  view: StoreView,
  { map, checkpoint }: Holding,
  signal: AbortSignal,
): AsyncGenerator<readonly string[], void, void> {
  let lines: string[] = [];
  let bytes = 0;
  for (const shard of allShards(map)) {
    let after: string | null = null;
    do {
      const page = await readPage(view, shard, after, PAGE_DOCUMENTS, signal);
      if (!page.whole) throw new Error("documents were being written while they were read");
      for (const document of page.documents) {
        if (document.position > checkpoint.point.position)
          throw new Error(`${document.position} is behind position ${checkpoint.point.position}`);
        const line = lineOf(document);
        const size = utf8Length(line) + 1;
        if (bytes + size > LIMITS.snapshotPartBytesMax && lines.length > 0) {
          yield lines;
          [lines, bytes] = [[], 0];
        }
        lines.push(line);
        bytes += size;
      }
      after = page.next;
    } while (after !== null);
  }
  if (lines.length > 0) yield lines;
}

import {
  wantedMap,
  type CollectionRecord,
  type LaidOutCollection,
} from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem, type ProblemCode } from "../../shared/contracts/problems.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Placements } from "../catalog/placements.ts";
import { readPage, spacesLacking, type StoredDocument } from "../document/stored-document.ts";
import { filledEntry } from "../document/written-again.ts";
import type { Bell } from "../ports/bell.ts";
import type { Leases } from "../ports/leases.ts";
import type { Fill, RegionCache } from "../ports/region-cache.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { announceSchema } from "../write/announce-schema.ts";
import { append } from "../write/append.ts";
import { requireFitting } from "../write/chunks.ts";
import { embedDocuments, type EmbedDocumentsDeps } from "../write/embed-documents.ts";
import { preparedAgain } from "./prepared-again.ts";

export interface SpaceFillerDeps extends EmbedDocumentsDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly leases: Leases;
  readonly bell: Bell;
  readonly room: StoreRoom;
  readonly cache: RegionCache;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Hears of each document whose vectors can't be made: it is not found in the new space. */
  readonly onSkipped: (collection: string, id: string, error: unknown) => void;
}

/** Documents embedded at once: what a query waits behind. */
const PAGE_DOCUMENTS = 16;
const CREATED_BY = "space-filler";
/** What time mends: then the whole is tried again. All else is one document's fault. */
const PASSING: ReadonlySet<ProblemCode> = new Set([
  "embedder-unavailable",
  "overloaded",
  "deadline-exceeded",
  "log-unavailable",
  "outcome-unknown",
  "storage-full",
  // The models have changed since the space was settled: it is to be rebuilt.
  "model-mismatch",
]);

/**
 * Makes the vectors of a space that was added to a collection, or is rebuilt, while it is read and written: in the primary, document
 * by document, as writes of the log that count only if the document has not changed meanwhile. So replicas never embed, and a
 * crash costs the page that was under way. A document that was changed meanwhile is looked at again, in another pass: it ends with
 * one that found nothing to do.
 */
export class SpaceFiller {
  readonly #deps: SpaceFillerDeps;

  constructor(deps: SpaceFillerDeps) {
    this.#deps = deps;
  }

  /** Whether there is anything to do is cheap to ask; another holder's work is left to it. @throws what interrupts it */
  async advance(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { region, placements, leases, sleep } = this.#deps;
    if (record.primary !== region) return;
    const { map, checkpoint } = await placements.read(record, signal);
    // A region moves to the new shards first.
    if ((checkpoint?.unfilled ?? []).length === 0 || map.version < wantedMap(record).version)
      return;
    const lease = await leases.acquire(`${record.incarnation}/fill`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#fill(record, ours));
  }

  async #fill(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { log, applier, cache } = this.#deps;
    const held = await applier.catchUp(record, null, signal);
    const { collection, map, checkpoint } = held;
    const { unfilled = [] } = checkpoint;
    if (unfilled.length === 0) return;
    // What was written without these vectors is behind this entry, and is looked at.
    const announced = await announceSchema(log, collection, checkpoint.point, signal);
    if (announced === null) return; // Of a newer map: the region moves first.
    await applier.catchUp(record, announced.position, signal);
    const beginning: Fill = { map: map.version, shard: 0, after: null, looked: 0, wrote: false };
    const known = await cache.fill(record.incarnation, signal);
    let fill = known?.map === map.version ? known : beginning;
    for (;;) {
      while (fill.shard < map.shards) {
        fill = await this.#fillPage(record, fill, unfilled, signal);
        await cache.keepFill(record.incarnation, fill, signal);
      }
      if (!fill.wrote) break;
      fill = beginning;
    }
    const version = collection.schemaVersion;
    const filled: LogEntry = { v: 1, kind: "filled", version, spaces: [...unfilled] };
    await this.#append(record, held, [filled], `filled ${version}`, signal);
  }

  /** @returns how far the fill is behind a page, of which all is there then but what was changed meanwhile */
  async #fillPage(
    record: CollectionRecord,
    fill: Fill,
    unfilled: readonly string[],
    signal: AbortSignal,
  ): Promise<Fill> {
    const { store, placements, clock, sleep } = this.#deps;
    const held = await placements.read(record, signal);
    const { layout, map, checkpoint } = held;
    if (map.version !== fill.map || checkpoint === null)
      throw new Error("the shards were changed while a space was filled");
    const startMs = clock.monotonicMs();
    const view = await store.openView(layout, checkpoint, signal);
    const { shard, after } = fill;
    const page = await readPage(view, shard, after, PAGE_DOCUMENTS, signal);
    const { documents, whole, next } = page;
    const wrote = await this.#write(record, { ...held, checkpoint }, documents, unfilled, signal);
    // The models and the store serve others too: work is followed by as long a pause.
    if (wrote) await sleep(clock.monotonicMs() - startMs, signal);
    return {
      map: fill.map,
      ...(next === null ? { shard: shard + 1, after: null } : { shard, after: next }),
      looked: fill.looked + documents.length,
      wrote: fill.wrote || wrote || !whole,
    };
  }

  async #write(
    record: CollectionRecord,
    held: Holding,
    page: readonly StoredDocument[],
    unfilled: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { collection } = held;
    const spaces = Object.fromEntries(
      Object.entries(collection.spaces).filter(([name]) => unfilled.includes(name)),
    );
    const filling = { ...collection, spaces };
    const lacking = page.filter((document) => spacesLacking(filling, document).length > 0);
    if (lacking.length === 0) return false;
    const entries = await this.#entries(filling, lacking, signal).catch((error: unknown) => {
      if (isPassing(error, signal)) throw error;
      return this.#oneByOne(filling, lacking, signal);
    });
    if (entries.length === 0) return false;
    const about = canonicalJson(lacking.map(({ id, position }) => [id, position]));
    await this.#append(record, held, entries, about, signal);
    return true;
  }

  async #entries(
    filling: LaidOutCollection,
    documents: readonly StoredDocument[],
    signal: AbortSignal,
  ): Promise<LogEntry[]> {
    const prepared = await Promise.all(
      documents.map((one) => preparedAgain(this.#deps.blobs, filling, one, signal)),
    );
    const made = await embedDocuments(this.#deps, filling, prepared, CREATED_BY, signal);
    return documents.map((document, i) => {
      const entry = made[i];
      if (entry?.kind !== "put") throw new Error("an embedded document is a put");
      const filled = filledEntry(document, entry);
      // With one more space it may have become too large for the log.
      requireFitting([JSON.stringify(filled)]);
      return filled;
    });
  }

  /** Where one of a page can't be embedded, the others are. */
  async #oneByOne(
    filling: LaidOutCollection,
    documents: readonly StoredDocument[],
    signal: AbortSignal,
  ): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (const document of documents) {
      try {
        entries.push(...(await this.#entries(filling, [document], signal)));
      } catch (error) {
        if (isPassing(error, signal)) throw error;
        this.#deps.onSkipped(filling.name, document.id, error);
      }
    }
    return entries;
  }

  /** As the collection was laid out when the entries were made: where it no longer is, the log refuses them. */
  async #append(
    record: CollectionRecord,
    held: Holding,
    entries: readonly LogEntry[],
    about: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { incarnation, schemaVersion } = held.collection;
    const digest = sha256Hex(canonicalJson([incarnation, schemaVersion, about]));
    const asked = { entries, ids: [], scope: digest, digest, waitFor: "primary" as const };
    const { applied } = await append(this.#deps, record, held, asked, signal);
    if (!applied) throw new Error("new vectors could not be applied in time");
  }
}

function isPassing(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof Problem && PASSING.has(error.code));
}

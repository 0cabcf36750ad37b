import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { wantedMap } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { Bell } from "../ports/bell.ts";
import type { Leases } from "../ports/leases.ts";
import type { RegionCache } from "../ports/region-cache.ts";
import type { StoreView, VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { chunkEntries } from "../write/chunks.ts";
import { embedDocuments, type EmbedDocumentsDeps } from "../write/embed-documents.ts";
import { announceSchema } from "./announce-schema.ts";
import { filledEntry, preparedAgain } from "./filled-entry.ts";
import { readDocument, spacesLacking, type StoredDocument } from "./unfilled-documents.ts";

export interface SpaceFillerDeps extends EmbedDocumentsDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly leases: Leases;
  readonly bell: Bell;
  readonly cache: RegionCache;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Hears of each document whose vectors can't be made: it is not found in the new space. */
  readonly onSkipped: (collection: string, id: string, error: unknown) => void;
}

/** Documents embedded at once: what a query waits behind. */
const PAGE_DOCUMENTS = 16;
/** The models and the store serve others too: a page is followed by a pause as long as it took. */
const PAUSE_MS_MAX = 2_000;
const CREATED_BY = "space-filler";

/**
 * Makes the vectors of a space that was added to a collection, or is rebuilt, while it is read and written: in the primary, document
 * by document, as writes of the log that count only if the document has not changed meanwhile. So replicas never embed, and a
 * crash costs the page that was under way. What is written since the region has moved has these vectors by itself.
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
    const held = await placements.read(record, signal);
    const { unfilled = [] } = held.checkpoint ?? {};
    // A region moves to the new shards first.
    if (unfilled.length === 0 || held.map.version < wantedMap(record).version) return;
    const lease = await leases.acquire(`${record.incarnation}/fill`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#fill(record, held, unfilled, ours));
  }

  async #fill(
    record: CollectionRecord,
    { map, checkpoint, record: lies }: Held,
    unfilled: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { log, store, placements, applier, cache, clock, sleep } = this.#deps;
    // What was written without these vectors is behind this entry, and is looked at.
    const schema = await announceSchema(log, lies, checkpoint?.point ?? null, signal);
    await applier.catchUp(record, schema.position, signal);
    let made = 0;
    for (const shard of allShards(map)) {
      for (let after: string | null = null; ;) {
        const startMs = clock.monotonicMs();
        const held = await placements.read(record, signal);
        if (held.map.version !== map.version || held.checkpoint === null)
          throw new Error("the shards were changed while a space was filled");
        const view = await store.openView(held.layout, held.checkpoint, signal);
        const page = await readPage(view, shard, after, signal);
        const last = page.at(-1);
        if (last === undefined) break;
        await this.#fillPage(held, page, unfilled, signal);
        made += page.length;
        await cache.keepVectorsMade(record.incarnation, made, signal);
        after = last.id;
        await sleep(Math.min(PAUSE_MS_MAX, clock.monotonicMs() - startMs), signal);
      }
    }
    const { record: now, checkpoint: at } = await placements.read(record, signal);
    const filled: LogEntry = { v: 1, kind: "filled", spaces: [...unfilled] };
    await this.#append(now, at?.point ?? null, [filled], `filled ${map.version}`, signal);
  }

  async #fillPage(
    { record, checkpoint }: Held,
    page: readonly StoredDocument[],
    unfilled: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const spaces = Object.fromEntries(
      Object.entries(record.spaces).filter(([name]) => unfilled.includes(name)),
    );
    const filling = { ...record, spaces };
    const lacking = page.filter((document) => spacesLacking(filling, document).length > 0);
    if (lacking.length === 0) return;
    const entries = await this.#entries(filling, lacking, signal).catch((error: unknown) => {
      if (isPassing(error)) throw error;
      return this.#oneByOne(filling, lacking, signal);
    });
    if (entries.length === 0) return;
    const about = lacking.map(({ id, position }) => [id, position]);
    await this.#append(record, checkpoint?.point ?? null, entries, canonicalJson(about), signal);
  }

  async #entries(
    filling: CollectionRecord,
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
      chunkEntries([JSON.stringify(filled)]);
      return filled;
    });
  }

  /** Where one of a page can't be embedded, the others are. */
  async #oneByOne(
    filling: CollectionRecord,
    documents: readonly StoredDocument[],
    signal: AbortSignal,
  ): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (const document of documents) {
      try {
        entries.push(...(await this.#entries(filling, [document], signal)));
      } catch (error) {
        if (isPassing(error)) throw error;
        this.#deps.onSkipped(filling.name, document.id, error);
      }
    }
    return entries;
  }

  async #append(
    record: CollectionRecord,
    held: Parameters<WriteLog["append"]>[1]["held"],
    entries: readonly LogEntry[],
    about: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, applier, bell } = this.#deps;
    const { incarnation, tenant, name } = record;
    const digest = sha256Hex(canonicalJson([incarnation, record.schemaVersion, about]));
    for (const [i, chunk] of chunkEntries(
      entries.map((entry) => JSON.stringify(entry)),
    ).entries()) {
      const request = {
        idempotencyScope: `${digest}:${i}`,
        requestDigest: digest,
        held,
        entries: chunk,
      };
      const outcome = await log.append(record, request, signal);
      if (!("point" in outcome)) throw new Error(`the log refused new vectors: ${outcome.kind}`);
      const { point } = outcome;
      bell.ring({ op: "ring", incarnation, tenant, name, point });
      await applier.catchUp(record, point.position, signal);
    }
  }
}

/** Whole documents by id, after `after`. Where the engine pins no view, some may have gone since they were listed. */
async function readPage(
  view: StoreView,
  shard: number,
  after: string | null,
  signal: AbortSignal,
): Promise<StoredDocument[]> {
  const firsts = await view.scan(shard, after, PAGE_DOCUMENTS, null, signal);
  const ids = firsts.map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await view.documents(shard, ids, { vectors: true }, signal);
  const byId = Map.groupBy(rows, ({ id }) => id);
  return ids.flatMap((id) => {
    const of = byId.get(id);
    return of === undefined ? [] : [readDocument(id, of)];
  });
}

/** What time mends: then the whole is tried again. Else it is the document's fault. */
function isPassing(error: unknown): boolean {
  const own = error instanceof Problem ? error.code : null;
  return (
    own !== "media-rejected" &&
    own !== "unsupported-media-type" &&
    own !== "not-found" &&
    own !== "limit-exceeded"
  );
}

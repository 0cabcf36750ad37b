import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ContentCursor, ContentPart } from "../../shared/contracts/content-part.ts";
import { ContentDigest } from "../../shared/domain/content-digest.ts";
import { samePoint, type Point } from "../../shared/domain/point.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import { readPage } from "../document/stored-document.ts";
import type { StoreView, VectorStore } from "../ports/store.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { lineOf } from "../snapshot/document-line.ts";

export interface ContentPartDeps {
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly applier: Pick<Applier, "catchUp">;
  /** Of a part, from which on nothing more is read. */
  readonly partDocuments: number;
}

/** Read at once, with their vectors. */
const PAGE_DOCUMENTS = 200;

/**
 * Reads a part of what this region shows of a collection at a point, and keeps none of it. Where the engine pins views the first part
 * pins one for those behind it.
 *
 * @returns null where the region is not at the point (any more), or has moved on to another layout
 */
export async function contentPart(
  deps: ContentPartDeps,
  record: CollectionRecord,
  point: Point,
  from: ContentCursor | null,
  signal: AbortSignal,
): Promise<ContentPart | null> {
  const { store } = deps;
  const held = await heldAt(deps, record, point, from, signal);
  if (held === null) return null;
  const versions = from?.versions ?? held.checkpoint.versions;
  const view = await store.openView(held.layout, { ...held.checkpoint, versions }, signal);
  const { shard = 0, after = null } = from ?? {};
  const read = await readPart(view, held.map.shards, { shard, after }, deps.partDocuments, signal);
  if (read === null) return null;
  const { digest, documents, next } = read;
  // Rows are changed in place there: what was read is of the point only if nothing was applied meanwhile.
  if (!store.traits.snapshotReads && (await heldAt(deps, record, point, from, signal)) === null)
    return null;
  const { schemaVersion } = held.collection;
  const { key: layout } = held.layout;
  return { schemaVersion, documents, digest, next: next && { layout, versions, ...next } };
}

/** What is held, where that is still what the reading was begun on. */
async function heldAt(
  { store, placements, applier }: ContentPartDeps,
  record: CollectionRecord,
  point: Point,
  from: ContentCursor | null,
  signal: AbortSignal,
): Promise<Holding | null> {
  // Who died between its rows and its checkpoint left the log behind, which shows where no view is pinned: this moves the checkpoint.
  const held: Held = store.traits.snapshotReads
    ? await placements.read(record, signal)
    : await applier.catchUp(record, null, signal);
  const { checkpoint, layout } = held;
  if (checkpoint === null || (from !== null && from.layout !== layout.key)) return null;
  const pinned = from !== null && store.traits.snapshotReads;
  return pinned || samePoint(checkpoint.point, point) ? { ...held, checkpoint } : null;
}

interface Place {
  readonly shard: number;
  readonly after: string | null;
}

/** @returns null where a document was being written */
async function readPart(
  view: StoreView,
  shards: number,
  from: Place,
  documentsMax: number,
  signal: AbortSignal,
): Promise<{ documents: number; digest: string; next: Place | null } | null> {
  const digest = new ContentDigest();
  let documents = 0;
  let next: Place | null = from;
  while (next !== null && documents < documentsMax) {
    const { shard, after }: Place = next;
    const page = await readPage(view, shard, after, Math.min(PAGE_DOCUMENTS, documentsMax), signal);
    if (!page.whole) return null;
    for (const document of page.documents) digest.add(lineOf(document));
    documents += page.documents.length;
    if (page.next !== null) next = { shard, after: page.next };
    else next = shard + 1 < shards ? { shard: shard + 1, after: null } : null;
  }
  return { documents, digest: digest.hex(), next };
}

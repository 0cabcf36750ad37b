import { serverRoom } from "../../lambdas/adapters/server-room.ts";
import { randomUUID } from "node:crypto";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { Registrar } from "../../lambdas/watch/registrar.ts";
import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import { decodeVector } from "../../shared/std/bytes.ts";
import { readFields } from "../../shared/domain/field-value.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { required } from "../../shared/std/assert.ts";
import { Catalog } from "../../lambdas/catalog/catalog.ts";
import { laidOut } from "../../lambdas/catalog/layout.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import { Readings } from "../../lambdas/freshness/readings.ts";
import { Reader } from "../../lambdas/freshness/reader.ts";
import type { DocumentState, VectorStore } from "../../lambdas/ports/store.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import { Applier } from "../../lambdas/replicate/applier.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import { Centroids } from "../../lambdas/search/centroids.ts";
import { ContentReader } from "../../lambdas/snapshot/content.ts";
import { SnapshotLibrary } from "../../lambdas/snapshot/snapshot-library.ts";
import type { SearchDeps } from "../../lambdas/search/search.ts";

const STORE_MS_MAX = 240_000;

/**
 * What `search` needs, over a real store and a log in this process that stands still: its head is what the store holds, and
 * reading it takes no time. So what is measured is the region's own code and the store.
 */
export function searchDeps(
  store: VectorStore,
  record: CollectionRecord,
  checkpoint: Checkpoint,
): SearchDeps {
  const clock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const log = stillLog(record, checkpoint, clock);
  const readings = new Readings(log, clock);
  const placements = new Placements(store);
  const applier = new Applier({
    cache: { keepLags: absent("cache") },
    keeper: { applied: absent("watch list"), anew: absent("watch list") },
    log,
    store,
    placements,
    leases: { acquire: absent("leases") },
    clock,
    sleep: absent("sleep"),
    turns: new Turns({ clock, sleep: absent("sleep"), beingRead: () => false }),
    onSample: () => undefined,
  });
  const cache = {
    vectors: absent("query vectors"),
    keepVectors: absent("query vectors"),
    record: async () => record,
    fill: absent("fill"),
    keepFill: absent("fill"),
    lags: absent("cache"),
    keepLags: absent("cache"),
    comparison: async () => null,
    keepComparison: absent("cache"),
    keepRecord: async () => undefined,
  };
  return {
    region: record.primary,
    placements,
    reader: new Reader({
      region: record.primary,
      store,
      placements,
      applier,
      readings,
      onUnavailable: () => undefined, // The answer is a problem then, which the benchmark reports.
    }),
    embedder: { embed: absent("embedder"), model: absent("embedder") },
    centroids: new Centroids(clock.monotonicMs),
    reranker: { rerank: absent("reranker"), identify: absent("reranker") },
    registrar: new Registrar({
      watches: true,
      watch: NO_LIST,
      beginList: absent("watch list"),
      nowMs: () => clock.monotonicMs(),
      newId: randomUUID,
      onFailure: () => undefined,
    }),
    onLegFailed: () => undefined,
    cache,
    clock,
    catalog: new Catalog(log, cache, clock),
    blobs: NO_BLOBS,
    library: new SnapshotLibrary(NO_BLOBS),
    content: new ContentReader(store, placements),
    jobs: NO_JOBS,
    room: serverRoom,
    probe: async () => ({}),
  };
}

const NO_LIST = {
  begin: absent("watch list"),
  register: absent("watch list"),
  load: absent("watch list"),
  publish: absent("watch list"),
  stands: absent("watch list"),
  end: absent("watch list"),
};

/** Writes documents of given vectors into one shard, maintains it as the applier would, and checkpoints it. */
export async function fillStore(
  store: VectorStore,
  record: CollectionRecord,
  documents: readonly DocumentInput[],
  batch: number,
): Promise<Checkpoint> {
  const layout = laidOut(record, wantedMap(record)).layout;
  const signal = AbortSignal.timeout(STORE_MS_MAX);
  await store.prepare(layout, signal);
  for (let start = 0; start < documents.length; start += batch)
    await store.apply(
      layout,
      0,
      documents.slice(start, start + batch).map((document) => stateOf(record, document)),
      signal,
    );
  const version = await store.maintain(layout, 0, signal);
  const { incarnation, term } = record;
  const checkpoint: Checkpoint = {
    incarnation,
    point: { ...originPoint(incarnation, term), position: documents.length },
    fence: 1,
    confirmed: null,
    versions: [version],
  };
  if (!(await store.writeCheckpoint(layout, null, checkpoint, signal)))
    throw new Error("the store held a checkpoint before");
  return checkpoint;
}

/** A document's state in the store, as an applied write makes it. */
export function stateOf(record: CollectionRecord, document: DocumentInput): DocumentState {
  const { id, title, text, metadata } = document;
  const fields = readFields(metadata, record.fields);
  const body = {
    title,
    document: text,
    passage: text,
    span: { start: 0, end: text?.length ?? 0 },
    metadata,
  };
  const vectors = Object.fromEntries(
    Object.entries(document.vectors ?? {}).map(([space, wire]) => {
      const raw = typeof wire === "string" ? decodeVector(wire) : Float32Array.from(wire);
      return [space, toUnitVector(required(raw, "a vector is whole"))];
    }),
  );
  return {
    id: required(id, "a document has an id"),
    position: 1,
    rows: [{ passage: 0, body: JSON.stringify(body), fields, vectors }],
  };
}

function stillLog(record: CollectionRecord, { point }: Checkpoint, clock: Clock): WriteLog {
  return {
    register: absent("log"),
    addShardMap: absent("log"),
    taken: absent("append"),
    append: absent("log"),
    pull: absent("log"),
    dirty: absent("log"),
    collections: async () => [record],
    collection: async () => record,
    confirm: async () => ({
      head: point,
      terms: [{ term: point.term, first: 1 }],
      now: { timeMs: Math.round(clock.wallMs()), term: record.term, step: 0 },
    }),
  };
}

/** A method that nothing measured may need. */
function absent(what: string): () => Promise<never> {
  return () => Promise.reject(new Error(`this benchmark has no ${what}`));
}

const NO_BLOBS = {
  put: absent("blobs"),
  get: absent("blobs"),
  list: absent("blobs"),
  remove: absent("blobs"),
};
const NO_JOBS = {
  add: absent("jobs"),
  all: absent("jobs"),
  put: absent("jobs"),
  remove: absent("jobs"),
};

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import type { StoreLayout } from "../../lambdas/ports/store.ts";
import { fuseRankings } from "../../shared/domain/fusion.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import type { GalleryDocument, QualityTask } from "./quality-tasks.ts";

/** Candidates of a part, as lambdas/search/retrieve.ts asks for ten hits. */
const DEPTH = 100;
const STORE_MS_MAX = 120_000;
/** Far fewer than the store indexes by itself: here the index is what is looked at. */
const INDEX_ROWS_MIN = 256;

/** Ids best first, of one vector. */
type Search = (vector: Float32Array) => Promise<string[]>;

/** A ranking a query, where `search` answers each part. */
export async function rankings(task: QualityTask, search: Search): Promise<string[][]> {
  const all: string[][] = [];
  for (const { vectors } of task.queries) {
    const parts = await Promise.all(vectors.map(search));
    const fused = fuseRankings(
      parts.map((ids, i) => ({
        branch: String(i),
        weight: 1,
        negative: false,
        scoreFloor: -1,
        items: ids.map((key, index) => ({ key, score: -index })), // Ranks alone count, also of one part.
      })),
      "ranks",
    );
    all.push(fused.map(({ key }) => key));
  }
  return all;
}

/** A scan of everything: a document is as near as its nearest passage. */
export function exactSearch(gallery: readonly GalleryDocument[]): Search {
  return async (vector) => {
    const passages = gallery.flatMap(({ id, vectors }) =>
      vectors.map((of) => ({ id, similarity: dotProduct(vector, of) })),
    );
    passages.sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1));
    return [...new Set(passages.slice(0, DEPTH).map(({ id }) => id))];
  };
}

/** Runs `work` with a search through the store's index, over the same documents. */
export async function withStore<T>(
  gallery: readonly GalleryDocument[],
  work: (search: Search) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), "nearfield-quality-"));
  try {
    const store = await openLanceDbStore({ root, indexRowsMin: INDEX_ROWS_MIN });
    const dimension = required(gallery[0]?.vectors[0], "the gallery has a vector").length;
    const layout: StoreLayout = {
      key: "nf_quality00000_v1",
      shards: 1,
      lexical: false,
      spaces: [{ name: "v", dimension, metric: "cosine" }],
      fields: [],
    };
    const signal = AbortSignal.timeout(STORE_MS_MAX);
    await store.prepare(layout, signal);
    const documents = gallery.map(({ id, vectors }) => ({
      id,
      position: 1,
      rows: vectors.map((vector, passage) => ({
        passage,
        body: "{}",
        fields: {},
        vectors: { v: vector },
      })),
    }));
    await store.apply(layout, 0, documents, signal);
    const checkpoint = {
      incarnation: "quality00000",
      point: originPoint("quality00000", 1),
      fence: 1,
      confirmed: null,
      versions: [await store.maintain(layout, 0, signal)],
    };
    const view = await store.openView(layout, checkpoint, signal);
    return await work(async (vector) => {
      const query = { shard: 0, space: "v", vector, k: DEPTH, filter: null };
      const found = (await view.search(query, signal)).candidates;
      return [...new Set(found.map(({ id }) => id))];
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

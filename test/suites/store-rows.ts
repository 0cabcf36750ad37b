import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { matches, type Filter } from "../../shared/domain/filter.ts";
import { planIndex } from "../../shared/domain/index-plan.ts";
import { dotProduct, toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import type {
  Candidate,
  DocumentState,
  StoreLayout,
  StoreRow,
  StoreView,
  VectorStore,
} from "../../lambdas/ports/store.ts";

const DIMENSION = 24;
export const LONGEST_PATH = Array.from({ length: 4 }, () => "L".repeat(64)).join(".");

/** A layout of a key that no other one has: two spaces, one of a planned index, a field of each type, one with capitals, one of a path and one that looks like it. */
export function newLayout(shards = 1, lexical = false): StoreLayout {
  return {
    key: `nf_${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}_v1`,
    shards,
    lexical,
    spaces: [
      { name: "text", dimension: DIMENSION, metric: "cosine" },
      { name: "image", dimension: 8, metric: "cosine", index: planIndex({ index: "exact" }, 8) },
    ],
    fields: [
      { name: "kind", type: "string" },
      { name: "Year", type: "number" },
      { name: "open", type: "boolean" },
      { name: "born", type: "date" },
      { name: "tags", type: "strings" },
      { name: "a.b", type: "string" },
      { name: "a_b", type: "string" },
      // The longest name that there is.
      { name: LONGEST_PATH, type: "number" },
      // A user's field of one of our own columns' names.
      { name: "position", type: "number" },
    ],
  };
}

export function checkpointOf(
  layout: StoreLayout,
  versions: readonly (number | null)[],
  position = 1,
): Checkpoint {
  return {
    incarnation: layout.key.slice(3, 15),
    point: { term: 1, position, chain: "0".repeat(40) },
    fence: 1,
    confirmed: null,
    versions: [...versions],
  };
}

export function unit(values: readonly number[] | Float32Array): Float32Array {
  return required(toUnitVector(Float32Array.from(values)), "a vector of some length");
}

export function randomUnit(random: Random, dimension = DIMENSION): Float32Array {
  return unit(Array.from({ length: dimension }, () => random() + random() + random() - 1.5));
}

/** A vector at an angle to the first axis: the larger `step`, the farther. */
export function away(step: number): Float32Array {
  const angle = step / 10;
  return unit([
    Math.cos(angle),
    Math.sin(angle),
    ...Array.from({ length: DIMENSION - 2 }, () => 0),
  ]);
}

export function row(passage: number, parts: Partial<Omit<StoreRow, "passage">> = {}): StoreRow {
  return { passage, body: `{"passage":${passage}}`, fields: {}, vectors: {}, ...parts };
}

/** A document of one passage. */
export function document(
  id: string,
  position: number,
  parts: Partial<Omit<StoreRow, "passage">> = {},
): DocumentState {
  return { id, position, rows: [row(0, parts)] };
}

export function deleted(id: string, position: number): DocumentState {
  return { id, position, rows: [] };
}

export interface Prepared {
  readonly layout: StoreLayout;
  apply(documents: readonly DocumentState[], shard?: number): Promise<void>;
  maintain(): Promise<void>;
  view(): Promise<StoreView>;
}

/** A prepared collection that keeps count of its versions, as the applier does. */
export async function prepared(
  store: VectorStore,
  shards = 1,
  { lexical = false, signal = deadline() } = {},
): Promise<Prepared> {
  const layout = newLayout(shards, lexical);
  await store.prepare(layout, signal);
  const versions: (number | null)[] = [];
  for (let shard = 0; shard < shards; shard++)
    versions.push(await store.apply(layout, shard, [], signal));
  return {
    layout,
    apply: async (documents, shard = 0) => {
      versions[shard] = await store.apply(layout, shard, documents, signal);
    },
    maintain: async () => {
      for (let shard = 0; shard < shards; shard++)
        versions[shard] = await store.maintain(layout, shard, signal);
    },
    view: () => store.openView(layout, checkpointOf(layout, versions), signal),
  };
}

export function deadline(): AbortSignal {
  return AbortSignal.timeout(240_000);
}

/** What a search must find, by the evaluator and a plain scan. */
export function exactCandidates(
  documents: readonly DocumentState[],
  space: string,
  query: Float32Array,
  k: number,
  filter: Filter | null,
): Candidate[] {
  const found = documents.flatMap(({ id, position, rows }) =>
    rows.flatMap(({ passage, fields, vectors }): Candidate[] => {
      const vector = vectors[space] ?? null;
      if (vector === null || (filter !== null && !matches(filter, fields))) return [];
      return [{ id, passage, position, similarity: dotProduct(query, vector) }];
    }),
  );
  return found.sort(bestFirst).slice(0, k);
}

const CLUSTERS = 100;

/** `count` documents in 100 clusters; `kind` is the cluster, `Year` is spread evenly over 0 to 99 whatever the vector is. */
export function clusteredDocuments(count: number, seed: number): DocumentState[] {
  const random = seededRandom(seed);
  const centres = Array.from({ length: CLUSTERS }, () => randomUnit(random));
  return Array.from({ length: count }, (_, i) => {
    const cluster = i % CLUSTERS;
    const centre = required(centres[cluster], "a centre a cluster");
    const vector = unit(centre.map((value) => value + (random() - 0.5) * 0.4));
    const fields = { kind: `cluster ${cluster}`, Year: Math.floor(random() * 100) };
    return document(`doc-${i}`, 1, { fields, vectors: { text: vector } });
  });
}

import type { IndexPlan } from "../../shared/domain/index-plan.ts";

/**
 * How vectors are found. FLAT looks at all of them; the others walk a graph, which is approximate. HNSW: edges a vector
 * (`m`), and how many candidates are kept while it is built (`efConstruction`) and while it is searched (`ef`).
 * AUTOINDEX: what the server thinks best.
 */
export type MilvusIndex =
  | { readonly kind: "FLAT" | "AUTOINDEX" }
  | {
      readonly kind: "HNSW";
      readonly m: number;
      readonly efConstruction: number;
      readonly ef: number;
    };

/** The index of the words of a text, which are ranked by BM25. */
export interface WordIndex {
  readonly kind: "WORDS";
}

export type FieldIndex = MilvusIndex | WordIndex;

/** Largest ef that Milvus takes. */
export const EF_MAX = 32_768;
/** Where the index is not ours to know: of an AUTOINDEX, or of a collection that others indexed. */
const EF_DEFAULT = 150;

/**
 * The index of a space as its collection planned it; null where that leaves it to the store. Milvus walks its graph in what it has
 * sealed, and scans what it has not: from how many vectors on, and up to how many, is its own to say.
 */
export function plannedIndex(plan: IndexPlan | undefined): MilvusIndex | null {
  if (plan === undefined || plan.kind === "auto") return null;
  if (plan.kind === "exact") return { kind: "FLAT" };
  const { m, efConstruction, ef } = plan;
  return { kind: "HNSW", m, efConstruction, ef };
}

/** Every search of words names it: servers know no default. */
export const WORDS_METRIC = "BM25";
/** The usual ones of BM25, which are not every server's defaults: how repeated words saturate, and long texts are held back. */
const BM25 = { bm25_k1: 1.2, bm25_b: 0.75 };

/** What `createIndex` is told; AUTOINDEX takes nothing but the metric. */
export function indexParams(index: FieldIndex) {
  if (index.kind === "WORDS")
    return { index_type: "SPARSE_INVERTED_INDEX", metric_type: WORDS_METRIC, params: BM25 };
  return {
    index_type: index.kind,
    metric_type: "COSINE",
    ...(index.kind === "HNSW"
      ? { params: { M: index.m, efConstruction: index.efConstruction } }
      : {}),
  };
}

/** What a search knows of the index that a vector field has, which an earlier deployment may have chosen. */
export interface FoundIndex {
  readonly exact: boolean;
  readonly kind: string;
  readonly ef: number;
}

/** @param described the `params` of `describeIndex` */
export function foundIndex(
  described: readonly { readonly key: string | number; readonly value: unknown }[],
  wanted: FieldIndex,
): FoundIndex {
  const kind = String(described.find(({ key }) => key === "index_type")?.value ?? "unknown");
  return { exact: kind === "FLAT", kind, ef: wanted.kind === "HNSW" ? wanted.ef : EF_DEFAULT };
}

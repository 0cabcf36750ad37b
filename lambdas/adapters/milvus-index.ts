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

/** Largest ef that Milvus takes. */
export const EF_MAX = 32_768;
/** Where the index is not ours to know: of an AUTOINDEX, or of a collection that others indexed. */
const EF_DEFAULT = 150;

/** What `createIndex` is told; AUTOINDEX takes nothing but the metric. */
export function indexParams(index: MilvusIndex) {
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
  wanted: MilvusIndex,
): FoundIndex {
  const kind = String(described.find(({ key }) => key === "index_type")?.value ?? "unknown");
  return { exact: kind === "FLAT", kind, ef: wanted.kind === "HNSW" ? wanted.ef : EF_DEFAULT };
}

/**
 * How the vectors of a space are found: `exact` by looking at each; `hnsw` by a graph, in shards of so many vectors; `auto`
 * as each store does by itself. `because` says why, for people.
 */
export type IndexPlan =
  | { readonly kind: "auto"; readonly because: string }
  | { readonly kind: "exact"; readonly because: string }
  | ({ readonly kind: "hnsw"; readonly because: string } & GraphPlan);

/** The graph of a space in one shard. */
export interface GraphPlan {
  /** Fewer vectors are scanned. */
  readonly fromVectors: number;
  /** More are scanned too, as their graph is too large; null where there is no such bound. */
  readonly upToVectors: number | null;
  /** Edges a vector. */
  readonly m: number;
  /** Candidates kept while the graph is built, and while it is walked: more find better, and take longer. */
  readonly efConstruction: number;
  readonly ef: number;
}

/** An index that was named. */
export type IndexWish =
  | "auto"
  | "exact"
  | {
      readonly kind: "hnsw";
      readonly m?: number | undefined;
      readonly efConstruction?: number | undefined;
      readonly ef?: number | undefined;
      readonly fromVectors?: number | undefined;
    };

/** What an index must keep. Recall counts over the ten nearest; time and memory are of one shard. */
export interface IndexBudget {
  readonly recallMin: number;
  readonly latencyMsMax?: number | undefined;
  readonly memoryBytesMax?: number | undefined;
}

/** Of 100,000 vectors the graph of these settings has a recall of 0.993 to 0.997 at ef 150, and 0.998 at ef 400. */
const GRAPH = { m: 20, efConstruction: 300 } as const;
/** What is promised of them, with some room; better is only looking at each vector. */
const EFFORTS = [
  { recall: 0.99, ef: 150, ms: 4 },
  { recall: 0.995, ef: 400, ms: 8 },
] as const;
/** A scan of 100,000 vectors of 384 dimensions takes 46 ms. */
const SCAN_MS_PER_NUMBER = 46 / (100_000 * 384);
/** A byte a dimension, and the edges: 580 bytes a vector were measured for 384 dimensions. */
const EDGE_BYTES = 10;
const FROM_VECTORS = 8_000;
/** Of fewer a graph saves nothing. */
const FROM_VECTORS_MIN = 1_000;

/**
 * The plan for a space: as named, or the cheapest that keeps a budget.
 *
 * @param asked one of both at most; neither is `auto`
 * @param dimension of the vectors, >= 1
 */
export function planIndex(
  asked: { readonly index?: IndexWish | undefined; readonly budget?: IndexBudget | undefined },
  dimension: number,
): IndexPlan {
  const { index = "auto", budget } = asked;
  if (budget !== undefined) return withinBudget(budget, dimension);
  if (index === "auto")
    return {
      kind: "auto",
      because: "no index is asked for: each store does as it does by itself",
    };
  if (index === "exact") return { kind: "exact", because: "an exact search is asked for" };
  return {
    kind: "hnsw",
    m: index.m ?? GRAPH.m,
    efConstruction: index.efConstruction ?? GRAPH.efConstruction,
    ef: index.ef ?? EFFORTS[0].ef,
    fromVectors: index.fromVectors ?? FROM_VECTORS,
    upToVectors: null,
    because: "a graph is asked for",
  };
}

function withinBudget(budget: IndexBudget, dimension: number): IndexPlan {
  const { recallMin, latencyMsMax, memoryBytesMax } = budget;
  const scanMs = dimension * SCAN_MS_PER_NUMBER;
  const effort = EFFORTS.find(({ recall }) => recall >= recallMin);
  if (effort === undefined) {
    const most = latencyMsMax === undefined ? null : rounded(latencyMsMax / scanMs);
    const warning =
      most === null ? "" : `; past ${most} vectors a shard it takes longer than ${latencyMsMax} ms`;
    return {
      kind: "exact",
      because: `no graph promises a recall of ${recallMin}: every vector is looked at${warning}`,
    };
  }
  const fromVectors =
    latencyMsMax === undefined
      ? FROM_VECTORS
      : Math.max(FROM_VECTORS_MIN, rounded(latencyMsMax / scanMs));
  const bytes = dimension + EDGE_BYTES * GRAPH.m;
  const upToVectors = memoryBytesMax === undefined ? null : rounded(memoryBytesMax / bytes);
  if (upToVectors !== null && upToVectors < fromVectors)
    return {
      kind: "exact",
      because: `the ${memoryBytesMax} bytes that a shard's graph may take are enough for ${upToVectors} vectors, and so many are looked through fast enough without one`,
    };
  const { ef, recall, ms } = effort;
  const parts = [
    `a graph with ef ${ef} promises a recall of ${recall}`,
    latencyMsMax === undefined
      ? `fewer than ${fromVectors} vectors a shard are scanned as fast`
      : `a scan of ${fromVectors} vectors a shard takes up the ${latencyMsMax} ms`,
    ...(upToVectors === null ? [] : [`${memoryBytesMax} bytes hold the graph of ${upToVectors}`]),
    ...(latencyMsMax !== undefined && latencyMsMax < ms
      ? [`less than the ${ms} ms of a graph can't be promised`]
      : []),
  ];
  return { kind: "hnsw", ...GRAPH, fromVectors, upToVectors, ef, because: parts.join("; ") };
}

/** Down to two digits that say something. */
function rounded(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.floor(count / unit) * unit;
}

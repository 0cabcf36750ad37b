import { dotProduct } from "../../shared/domain/vector.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { DocumentState } from "../../lambdas/ports/store.ts";
import { clusteredVectors, type ClusteredVectors } from "./clustered-vectors.ts";

export const SPACE = "v";
/** `n` is spread evenly over 0 to 999 whatever the vector is, so that `n < 10` keeps one in a hundred. */
const GROUPS = 1_000;
/** The `part` of a document is that of its cluster: such a filter keeps what is usually far from the query. */
const PARTS = 100;

/** What is searched under: nothing, or a filter that keeps a share. */
export interface Selection {
  readonly name: string;
  readonly filter: Filter | null;
  /** The same for a raw call. */
  readonly sql: string | null;
  readonly keeps: (data: AnnData, row: number) => boolean;
}

export interface AnnData {
  readonly dimension: number;
  readonly documents: ClusteredVectors;
  readonly queries: readonly Float32Array[];
  readonly groups: Uint16Array;
}

const fewer = (name: string, value: number): Selection => ({
  name,
  filter: { op: "lt", field: "n", value },
  sql: `m_n < ${value.toExponential()}`,
  keeps: ({ groups }, row) => (groups[row] ?? 0) < value,
});

export const EVERYTHING: Selection = {
  name: "no filter",
  filter: null,
  sql: null,
  keeps: () => true,
};
export const SELECTIONS: readonly Selection[] = [
  fewer("filter 50 %", 500),
  fewer("filter 10 %", 100),
  fewer("filter 1 %", 10),
  fewer("filter 0.1 %", 1),
  {
    name: "filter by cluster, far",
    filter: { op: "eq", field: "part", value: 7 },
    sql: `m_part = ${(7).toExponential()}`,
    keeps: ({ documents }, row) => partOf(documents, row) === 7,
  },
];

export function annData(
  documents: number,
  dimension: number,
  queries: number,
  seed: number,
): AnnData {
  const random = seededRandom(seed);
  const next = clusteredVectors(dimension, random);
  const of = next(documents);
  const asked = next(queries);
  return {
    dimension,
    documents: of,
    queries: Array.from({ length: queries }, (_, i) => vectorAt(asked.matrix, dimension, i)),
    groups: Uint16Array.from({ length: documents }, () => Math.floor(random() * GROUPS)),
  };
}

export function countOf({ groups }: AnnData): number {
  return groups.length;
}

export function vectorAt(matrix: Float32Array, dimension: number, row: number): Float32Array {
  return matrix.subarray(row * dimension, (row + 1) * dimension);
}

export function fieldsOf(
  data: AnnData,
  row: number,
): { readonly n: number; readonly part: number } {
  return { n: data.groups[row] ?? 0, part: partOf(data.documents, row) };
}

/** A document of a hit's usual weight, about 600 bytes. */
export function bodyOf(row: number): string {
  const text = `Document ${row}. `.repeat(30);
  return JSON.stringify({
    title: `Document ${row}`,
    passage: text,
    span: { start: 0, end: text.length },
  });
}

export function states(data: AnnData, start: number, end: number): DocumentState[] {
  return Array.from({ length: end - start }, (_, i) => {
    const row = start + i;
    const vector = vectorAt(data.documents.matrix, data.dimension, row);
    return {
      id: `doc-${row}`,
      position: 1,
      rows: [
        {
          passage: 0,
          body: bodyOf(row),
          fields: fieldsOf(data, row),
          vectors: { [SPACE]: vector },
        },
      ],
    };
  });
}

/** Ids of each query's k nearest by a plain scan, for each selection; and how long one scan of everything took, ms. */
export function exactNearest(
  data: AnnData,
  k: number,
  selections: readonly Selection[],
): {
  readonly truths: ReadonlyMap<string, readonly ReadonlySet<string>[]>;
  readonly scanMs: number;
} {
  const truths = new Map<string, ReadonlySet<string>[]>(selections.map(({ name }) => [name, []]));
  const rows = countOf(data);
  const near = new Float32Array(rows);
  let scannedMs = 0;
  for (const query of data.queries) {
    const startMs = performance.now();
    for (let row = 0; row < rows; row++)
      near[row] = dotProduct(query, vectorAt(data.documents.matrix, data.dimension, row));
    scannedMs += performance.now() - startMs;
    for (const selection of selections)
      truths.get(selection.name)?.push(nearestOf(data, near, k, selection));
  }
  return { truths, scanMs: scannedMs / data.queries.length };
}

function nearestOf(
  data: AnnData,
  near: Float32Array,
  k: number,
  { keeps }: Selection,
): Set<string> {
  const best: { row: number; near: number }[] = [];
  for (let row = 0; row < near.length; row++) {
    const value = near[row] ?? -1;
    if (best.length === k && value <= (best[k - 1]?.near ?? -1)) continue;
    if (!keeps(data, row)) continue;
    if (best.length === k) best.pop();
    best.push({ row, near: value });
    best.sort((a, b) => b.near - a.near);
  }
  return new Set(best.map(({ row }) => `doc-${row}`));
}

function partOf({ clusters }: ClusteredVectors, row: number): number {
  return (clusters[row] ?? 0) % PARTS;
}

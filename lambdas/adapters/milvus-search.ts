import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { assert } from "../../shared/std/assert.ts";
import type { Candidate, Searched, StoreLayout, VectorQuery } from "../ports/store.ts";
import { milvusCall } from "./milvus-call.ts";
import { allOf, filterExpression, inList, literal } from "./milvus-filter.ts";
import { EF_MAX, type FoundIndex } from "./milvus-index.ts";
import type { Nulls } from "./milvus-nulls.ts";
import { queryRows, RESULTS_MAX, STRONG } from "./milvus-reads.ts";
import {
  BODY_FIELDS,
  PLACE_FIELDS,
  readBody,
  readPlace,
  readVector,
  rowKey,
} from "./milvus-rows.ts";
import type { SpaceTable } from "./milvus-tables.ts";
import { firstBest } from "./milvus-ties.ts";

/** A graph's neighbours that do not match are walked over, so more of them have to be kept. */
const EF_FILTERED = 4;
const EF_GROWTH = 8;
/** Up to here vectors are compared by ourselves where a graph does not do: 20 pages, 30 MB at 384 dimensions. */
const SCAN_ROWS_MAX = 20_000;
const SCAN_PAGE = 1_000;

/** A search in one collection, whose index is known. */
export interface SpaceSearch {
  readonly client: MilvusClient;
  readonly layout: StoreLayout;
  readonly table: SpaceTable;
  readonly nulls: Nulls;
  readonly index: FoundIndex;
  readonly query: VectorQuery;
  readonly signal: AbortSignal;
}

/** The nearest rows, and how they were found. Law: min(k, matches), also where a graph gives fewer under a filter. */
export async function searchSpace(search: SpaceSearch): Promise<Searched> {
  const { index, query } = search;
  assert(query.k >= 1 && query.k <= RESULTS_MAX, `Milvus gives 1 to ${RESULTS_MAX} candidates`);
  if (index.exact)
    return {
      candidates: await firstK(search, null),
      method: { kind: "scan", because: `the index is ${index.kind}` },
    };
  return query.exact === true ? exactly(search) : throughGraph(search);
}

/** Short results are searched again, wider, and at last without the graph. */
async function throughGraph(search: SpaceSearch): Promise<Searched> {
  const { index, query } = search;
  let ef = Math.min(EF_MAX, query.filter === null ? index.ef : index.ef * EF_FILTERED);
  let candidates = await firstK(search, ef);
  if (candidates.length < query.k) {
    const matches = await countMatches(search);
    const owed = Math.min(query.k, matches);
    while (candidates.length < owed && ef < EF_MAX) {
      ef = Math.min(EF_MAX, ef * EF_GROWTH);
      candidates = await firstK(search, ef);
    }
    if (candidates.length < owed && matches <= SCAN_ROWS_MAX)
      return scanned(search, `the graph (${index.kind}) gave fewer than ${owed}`);
  }
  const used = Math.max(ef, query.k);
  return { candidates, method: { kind: "graph", because: `${index.kind}, ef ${used}` } };
}

async function exactly(search: SpaceSearch): Promise<Searched> {
  const matches = await countMatches(search);
  if (matches <= SCAN_ROWS_MAX) return scanned(search, "an exact answer was asked for");
  const because = `${search.index.kind}, ef ${EF_MAX}: more than ${SCAN_ROWS_MAX} rows match, too many to compare one by one`;
  return { candidates: await firstK(search, EF_MAX), method: { kind: "graph", because } };
}

/** At most k candidates, best first. */
function firstK(search: SpaceSearch, ef: number | null): Promise<Candidate[]> {
  return firstBest(search.query.k, (wanted) => nearest(search, wanted, ef));
}

/** At most `wanted` candidates, in no order. Tombstones have no vectors, so they are never found. */
async function nearest(
  search: SpaceSearch,
  wanted: number,
  ef: number | null,
): Promise<Candidate[]> {
  const { client, table, query, signal } = search;
  const request = {
    collection_name: table.collection.name,
    anns_field: table.field,
    data: [...query.vector],
    limit: wanted,
    metric_type: "COSINE",
    consistency_level: STRONG,
    output_fields: query.bodies === true ? [...PLACE_FIELDS, ...BODY_FIELDS] : PLACE_FIELDS, // The default is all, vectors included.
    filter: condition(search),
    ...(ef === null ? {} : { params: { ef: Math.max(ef, wanted) } }), // Milvus refuses an ef below the limit.
  };
  const { results } = await milvusCall("search", () => client.search(request), signal);
  return results.map((result) => ({
    ...readPlace(result),
    similarity: clamped(result.score),
    ...(query.bodies === true ? { body: readBody(result) } : {}),
  }));
}

/** Every matching row, compared here. */
async function scanned(search: SpaceSearch, because: string): Promise<Searched> {
  const { client, table, query, signal } = search;
  let best: Candidate[] = [];
  let last: string | null = null;
  for (;;) {
    const page: readonly Readonly<Record<string, unknown>>[] = await queryRows(
      client,
      {
        collection_name: table.collection.name,
        filter: allOf(condition(search) || null, `row > ${literal(last ?? "")}`),
        output_fields: ["row", ...PLACE_FIELDS, table.field],
        limit: SCAN_PAGE,
        params: { iterator: "True" }, // The first ones by key, not any.
      },
      signal,
    );
    const compared = page.map((row) => ({
      ...readPlace(row),
      key: String(row["row"]),
      similarity: clamped(dotProduct(query.vector, readVector(row[table.field]))),
    }));
    last = compared.reduce((max, { key }) => (key > max ? key : max), last ?? "");
    const found = compared.map(({ key: _key, ...candidate }) => candidate);
    best = [...best, ...found].sort(bestFirst).slice(0, query.k);
    if (page.length < SCAN_PAGE) break;
  }
  const candidates = query.bodies === true ? await withBodies(search, best) : best;
  return { candidates, method: { kind: "scan", because } };
}

async function withBodies(search: SpaceSearch, best: readonly Candidate[]): Promise<Candidate[]> {
  const { client, table, signal } = search;
  if (best.length === 0) return [];
  const keys = best.map(({ id, passage }) => rowKey(id, passage));
  const request = {
    collection_name: table.collection.name,
    filter: inList("row", keys),
    output_fields: ["row", ...BODY_FIELDS],
    limit: RESULTS_MAX,
  };
  const bodies = new Map(
    (await queryRows(client, request, signal)).map((row) => [String(row["row"]), readBody(row)]),
  );
  // A row that was deleted since has none: it is no candidate any more.
  return best.flatMap((candidate, i) => {
    const body = bodies.get(keys[i] ?? "");
    return body === undefined ? [] : [{ ...candidate, body }];
  });
}

async function countMatches(search: SpaceSearch): Promise<number> {
  const request = {
    collection_name: search.table.collection.name,
    filter: condition(search),
    output_fields: ["count(*)"],
  };
  const [row] = await queryRows(search.client, request, search.signal);
  return Number(row?.["count(*)"]);
}

/** Empty where every row matches. */
function condition({ layout, table, nulls, query }: SpaceSearch): string {
  return allOf(
    table.condition,
    query.filter === null ? null : filterExpression(layout, nulls, query.filter),
  );
}

function clamped(similarity: number): number {
  return Math.max(-1, Math.min(1, similarity));
}

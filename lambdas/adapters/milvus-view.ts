import { ConsistencyLevelEnum, type MilvusClient, type QueryReq } from "@zilliz/milvus2-sdk-node";
import { bestFirst, byPassage } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { assert } from "../../shared/std/assert.ts";
import type {
  Candidate,
  Searched,
  SearchMethod,
  StoreLayout,
  StoreView,
  StoredRow,
  VectorQuery,
} from "../ports/store.ts";
import { milvusCall } from "./milvus-call.ts";
import { allOf, filterExpression, inList, literal } from "./milvus-filter.ts";
import {
  BODY_FIELDS,
  readBody,
  hasField,
  LIVE,
  PLACE_FIELDS,
  readPlace,
  readRow,
  rowFields,
  rowKey,
  vectorField,
} from "./milvus-rows.ts";

/** Most results of one call of Milvus. */
export const RESULTS_MAX = 16_384;
/** Passages of these are far fewer than the results of a call. */
export const IDS_PER_QUERY = 100;
/** Fetched beyond k, to see whether the k-th is one of several that are equally near. */
const TIES_FETCHED = 8;
const TIE_ROUNDS_MAX = 4;
const FLAT: SearchMethod = { kind: "scan", because: "the index is FLAT" };
/** Reads of what a Milvus holds now: it has no versions to pin. */
export class MilvusView implements StoreView {
  readonly #client: MilvusClient;
  readonly #layout: StoreLayout;
  readonly #collectionOf: (shard: number) => string;

  constructor(client: MilvusClient, layout: StoreLayout, collectionOf: (shard: number) => string) {
    this.#client = client;
    this.#layout = layout;
    this.#collectionOf = collectionOf;
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    const { k, space } = query;
    assert(k >= 1 && k <= RESULTS_MAX, `Milvus gives 1 to ${RESULTS_MAX} candidates`);
    assert(
      this.#layout.spaces.some(({ name }) => name === space),
      "the layout has the space",
    );
    let wanted = Math.min(k + TIES_FETCHED, RESULTS_MAX);
    for (let round = 0; ; round++) {
      const found = await this.#nearest(query, wanted, signal);
      found.sort(bestFirst);
      // Milvus cuts ties anywhere: only when something farther was seen are all rows as near as the k-th here.
      const tied = found.length === wanted && found[k - 1]?.similarity === found.at(-1)?.similarity;
      if (!tied || round === TIE_ROUNDS_MAX || wanted === RESULTS_MAX)
        return { candidates: found.slice(0, k), method: FLAT };
      wanted = Math.min(wanted * 4, RESULTS_MAX);
    }
  }

  match(): Promise<Searched> {
    return Promise.reject(new Error("this store has no full-text search, as its traits say"));
  }

  async documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const rows: StoredRow[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const asked = ids.slice(start, start + IDS_PER_QUERY);
      const data = await queryRows(
        this.#client,
        {
          collection_name: this.#collectionOf(shard),
          filter: allOf(LIVE, inList("id", asked)),
          output_fields: rowFields(this.#layout, include),
          limit: RESULTS_MAX,
        },
        signal,
      );
      rows.push(...data.map((row) => readRow(this.#layout, include, row)));
    }
    return rows.sort(byPassage);
  }

  async scan(
    shard: number,
    after: string | null,
    limit: number,
    filter: Filter | null,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const include = { vectors: false };
    const behind = after === null ? null : `row > ${literal(rowKey(after, 0))}`;
    const data = await queryRows(
      this.#client,
      {
        collection_name: this.#collectionOf(shard),
        filter: allOf(firstPassages(this.#layout, filter), behind),
        output_fields: rowFields(this.#layout, include),
        limit,
        params: { iterator: "True" }, // The first ones by key, not any.
      },
      signal,
    );
    return data.map((row) => readRow(this.#layout, include, row)).sort(byPassage);
  }

  async count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    const request = {
      collection_name: this.#collectionOf(shard),
      filter: firstPassages(this.#layout, filter),
    };
    const [row] = await queryRows(
      this.#client,
      { ...request, output_fields: ["count(*)"] },
      signal,
    );
    return Number(row?.["count(*)"]);
  }

  /** At most `wanted` candidates, in no order. Tombstones have no vectors, so they are never found. */
  async #nearest(query: VectorQuery, wanted: number, signal: AbortSignal): Promise<Candidate[]> {
    const { results } = await milvusCall(
      "search",
      () =>
        this.#client.search({
          collection_name: this.#collectionOf(query.shard),
          anns_field: vectorField(query.space),
          data: [...query.vector],
          limit: wanted,
          metric_type: "COSINE",
          // No consistency level: the SDK's search takes its constant for Strong, which is 0, for none given. The collection's is Strong.
          output_fields: query.bodies === true ? [...PLACE_FIELDS, ...BODY_FIELDS] : PLACE_FIELDS, // The default is all, vectors included.
          filter: allOf(
            `${hasField(query.space)} == true`,
            query.filter === null ? null : filterExpression(this.#layout, query.filter),
          ),
        }),
      signal,
    );
    return results.map((result) => ({
      ...readPlace(result),
      similarity: Math.max(-1, Math.min(1, result.score)),
      ...(query.bodies === true ? { body: readBody(result) } : {}),
    }));
  }
}

/** Rows of a query that sees every acknowledged write. */
export async function queryRows(
  client: MilvusClient,
  request: QueryReq,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { data } = await milvusCall(
    "query",
    () => client.query({ ...request, consistency_level: ConsistencyLevelEnum.Strong }),
    signal,
  );
  return data;
}

function firstPassages(layout: StoreLayout, filter: Filter | null): string {
  return allOf("passage == 0", LIVE, filter === null ? null : filterExpression(layout, filter));
}

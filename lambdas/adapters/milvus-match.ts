import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { assert } from "../../shared/std/assert.ts";
import type { Candidate, LexicalQuery, Searched, StoreLayout } from "../ports/store.ts";
import { milvusCall } from "./milvus-call.ts";
import { filterExpression } from "./milvus-filter.ts";
import { WORDS_METRIC } from "./milvus-index.ts";
import { RESULTS_MAX, STRONG } from "./milvus-reads.ts";
import { BODY_FIELDS, PLACE_FIELDS, readBody, readPlace } from "./milvus-rows.ts";
import type { ShardTables } from "./milvus-tables.ts";
import { firstBest } from "./milvus-ties.ts";
import { storedWords, WORDS_VECTOR } from "./milvus-words.ts";

/** A search for words in one shard. */
export interface WordSearch {
  readonly client: MilvusClient;
  readonly layout: StoreLayout;
  readonly tables: ShardTables;
  readonly query: LexicalQuery;
  readonly signal: AbortSignal;
}

/** The passages that have any of the words, best first. Tombstones have no words, so they are never found. */
export async function matchWords(search: WordSearch): Promise<Searched> {
  const { layout, query } = search;
  assert(layout.lexical, "the layout keeps texts");
  assert(query.k >= 1 && query.k <= RESULTS_MAX, `Milvus gives 1 to ${RESULTS_MAX} candidates`);
  const words = storedWords(query.text);
  const candidates =
    words === "" ? [] : await firstBest(query.k, (wanted) => matching(search, words, wanted));
  return { candidates, method: { kind: "words", because: "full-text index (BM25)" } };
}

/** At most `wanted` candidates, in no order. */
async function matching(search: WordSearch, words: string, wanted: number): Promise<Candidate[]> {
  const { client, layout, tables, query, signal } = search;
  const { filter, bodies } = query;
  const request = {
    collection_name: tables.rows.name,
    anns_field: WORDS_VECTOR,
    data: words,
    limit: wanted,
    metric_type: WORDS_METRIC,
    consistency_level: STRONG,
    output_fields: bodies === true ? [...PLACE_FIELDS, ...BODY_FIELDS] : PLACE_FIELDS,
    filter: filter === null ? "" : filterExpression(layout, tables.nulls, filter),
  };
  const { results } = await milvusCall("search", () => client.search(request), signal);
  return results.map((result) => ({
    ...readPlace(result),
    // BM25 is above 0; milvus-lite gives it as a distance, below 0.
    similarity: Math.abs(result.score),
    ...(bodies === true ? { body: readBody(result) } : {}),
  }));
}

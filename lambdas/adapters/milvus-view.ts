import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { byPassage } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { required } from "../../shared/std/assert.ts";
import type {
  LexicalQuery,
  Searched,
  StoreLayout,
  StoreView,
  StoredRow,
  VectorQuery,
} from "../ports/store.ts";
import type { FoundIndex } from "./milvus-index.ts";
import { allOf, filterExpression, inList, literal } from "./milvus-filter.ts";
import { matchWords } from "./milvus-match.ts";
import { IDS_PER_QUERY, queryRows, RESULTS_MAX } from "./milvus-reads.ts";
import {
  LIVE,
  nullableVectorNames,
  readNullableVectors,
  readRow,
  readVector,
  rowFields,
  rowKey,
} from "./milvus-rows.ts";
import { searchSpace } from "./milvus-search.ts";
import { spaceTable, type ShardTables, type SpaceTable } from "./milvus-tables.ts";

/** A shard that is there and loaded. */
export interface OpenShard {
  readonly tables: ShardTables;
  readonly indexOf: (table: SpaceTable) => FoundIndex;
}

/** Reads of what a Milvus holds now: it has no versions to pin. */
/** A vector, and the position of the write that it came with. */
interface PlacedVector {
  readonly position: number;
  readonly vector: Float32Array;
}

export class MilvusView implements StoreView {
  readonly #client: MilvusClient;
  readonly #layout: StoreLayout;
  readonly #shards: readonly OpenShard[];

  constructor(client: MilvusClient, layout: StoreLayout, shards: readonly OpenShard[]) {
    this.#client = client;
    this.#layout = layout;
    this.#shards = shards;
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    const { tables, indexOf } = this.#shard(query.shard);
    const table = spaceTable(tables, query.space);
    const { nulls } = tables;
    return searchSpace({
      client: this.#client,
      layout: this.#layout,
      table,
      nulls,
      index: indexOf(table),
      query,
      signal,
    });
  }

  match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    const { tables } = this.#shard(query.shard);
    return matchWords({ client: this.#client, layout: this.#layout, tables, query, signal });
  }

  async documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const { tables } = this.#shard(shard);
    const rows: StoredRow[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const asked = inList("id", ids.slice(start, start + IDS_PER_QUERY));
      const inRow =
        include.vectors && tables.mode === "multi" ? nullableVectorNames(this.#layout) : [];
      const request = {
        collection_name: tables.rows.name,
        filter: allOf(LIVE, asked),
        output_fields: [...rowFields(this.#layout), ...inRow],
        limit: RESULTS_MAX,
      };
      const [data, vectors] = await Promise.all([
        queryRows(this.#client, request, signal),
        include.vectors ? this.#vectorsBeside(tables, asked, signal) : [],
      ]);
      const torn = new Set<string>();
      const whole: StoredRow[] = [];
      for (const row of data) {
        const read = readRow(this.#layout, tables.nulls, row);
        const key = rowKey(read.id, read.passage);
        const inside = inRow.length > 0 ? readNullableVectors(this.#layout, row) : {};
        const beside = vectors.map(([space, byKey]) => ({ space, found: byKey.get(key) }));
        // Read in calls of their own, so a write may have come in between.
        if (beside.some(({ found }) => found !== undefined && found.position !== read.position))
          torn.add(read.id);
        const vectorsOf = beside.map(({ space, found }) => [space, found?.vector ?? null]);
        whole.push({ ...read, vectors: { ...inside, ...Object.fromEntries(vectorsOf) } });
      }
      rows.push(...whole.filter(({ id }) => !torn.has(id)));
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
    const { tables } = this.#shard(shard);
    const behind = after === null ? null : `row > ${literal(rowKey(after, 0))}`;
    const request = {
      collection_name: tables.rows.name,
      filter: allOf(firstPassages(this.#layout, tables, filter), behind),
      output_fields: rowFields(this.#layout),
      limit,
      params: { iterator: "True" }, // The first ones by key, not any.
    };
    const data = await queryRows(this.#client, request, signal);
    return data.map((row) => readRow(this.#layout, tables.nulls, row)).sort(byPassage);
  }

  async count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    const { tables } = this.#shard(shard);
    const request = {
      collection_name: tables.rows.name,
      filter: firstPassages(this.#layout, tables, filter),
      output_fields: ["count(*)"],
    };
    const [row] = await queryRows(this.#client, request, signal);
    return Number(row?.["count(*)"]);
  }

  /** By space: the vectors that are not in the rows, by the key of their row. */
  async #vectorsBeside(
    { mode, spaces }: ShardTables,
    asked: string,
    signal: AbortSignal,
  ): Promise<[string, ReadonlyMap<string, PlacedVector>][]> {
    if (mode === "multi") return [];
    return Promise.all(
      spaces.map(async ({ space, collection, field }) => {
        const request = {
          collection_name: collection.name,
          filter: asked,
          output_fields: ["row", "position", field],
          limit: RESULTS_MAX,
        };
        const data = await queryRows(this.#client, request, signal);
        const vectors = data.map((row): [string, PlacedVector] => [
          String(row["row"]),
          { position: Number(row["position"]), vector: readVector(row[field]) },
        ]);
        return [space.name, new Map(vectors)];
      }),
    );
  }

  #shard(shard: number): OpenShard {
    return required(this.#shards[shard], "the layout has the shard");
  }
}

function firstPassages(layout: StoreLayout, { nulls }: ShardTables, filter: Filter | null): string {
  const matching = filter === null ? null : filterExpression(layout, nulls, filter);
  return allOf("passage == 0", LIVE, matching);
}

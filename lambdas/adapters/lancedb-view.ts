import type { Table } from "@lancedb/lancedb";
import { bestFirst, byPassage } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { assert, required } from "../../shared/std/assert.ts";
import type {
  Candidate,
  LexicalQuery,
  Searched,
  SearchMethod,
  StoreLayout,
  StoreView,
  StoredRow,
  VectorQuery,
} from "../ports/store.ts";
import { allOf, filterSql, inList, sqlLiteral } from "./lancedb-filter.ts";
import { matching, nearest } from "./lancedb-candidates.ts";
import { readRows, rowColumns } from "./lancedb-rows.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";
import type { VectorBlocks } from "./lancedb-blocks.ts";
import type { ReadGate } from "./read-gate.ts";
import type { RowBodies } from "./row-bodies.ts";

/** A shard's table at one version, with the spaces that have an index there. */
export interface PinnedShard {
  /** Of the shard at its version: no other has it. */
  readonly name: string;
  readonly table: Table;
  readonly indexedSpaces: ReadonlySet<string>;
}

const LIVE = `${COLUMNS.diedMs} IS NULL`;
const FIRST_PASSAGE = `${COLUMNS.passage} = 0`;
/** Breadth of the walk through the graph, where the collection leaves it to the store; recall@10 0.997 of 100,000 rows. */
const EF_MIN = 150;
/**
 * Fetched beyond k, to see whether the k-th is one of several that are equally good. Vectors are seldom equally near, and eight
 * more cost a fifth of the rate at k 10; words often are.
 */
const NEAR_TIES_FETCHED = 1;
const WORD_TIES_FETCHED = 8;
const TIE_ROUNDS_MAX = 4;
const IDS_PER_QUERY = 1_000;

/** Reads of a collection at the versions of its shards that a checkpoint names. */
export class LanceDbView implements StoreView {
  readonly #layout: StoreLayout;
  readonly #shards: readonly PinnedShard[];
  readonly #gate: ReadGate;
  readonly #blocks: VectorBlocks;
  readonly #bodies: RowBodies;

  constructor(
    layout: StoreLayout,
    shards: readonly PinnedShard[],
    gate: ReadGate,
    blocks: VectorBlocks,
    bodies: RowBodies,
  ) {
    this.#layout = layout;
    this.#shards = shards;
    this.#gate = gate;
    this.#blocks = blocks;
    this.#bodies = bodies;
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    const { k, space } = query;
    assert(k >= 1, "a search wants at least one candidate");
    const { index: plan } = this.#space(space);
    const shard = this.#shard(query.shard);
    let method = this.#chooseMethod(shard, query);
    if (method.kind === "scan" && query.filter === null) {
      const found = await this.#nearestInMemory(shard, query, signal);
      if (found !== null) {
        const { bodies } = query;
        if (bodies !== true) return { candidates: this.#known(query, found), method };
        return { candidates: await this.#withBodies(query.shard, found, signal), method };
      }
    }
    let wanted = k + NEAR_TIES_FETCHED;
    const ef = plan?.kind === "hnsw" ? plan.ef : EF_MIN;
    const ask = ({ kind }: SearchMethod) => {
      const breadth = kind === "graph" ? ef : null;
      return this.#gate.pass(
        () => nearest(this.#layout, shard.table, query, wanted, breadth),
        signal,
      );
    };
    for (let round = 0; ; round++) {
      let found = await ask(method);
      if (found.length < wanted && method.kind === "graph") {
        const matches = await this.#matches(shard, query, signal);
        if (found.length < Math.min(matches, wanted)) {
          // The walk may have missed some under a filter; a scan misses none.
          method = {
            kind: "scan",
            because: `the graph gave ${found.length} of ${matches} passages`,
          };
          found = await ask(method);
        }
      }
      found.sort(bestFirst);
      if (!cutsTies(found, k, wanted) || round === TIE_ROUNDS_MAX)
        return { candidates: this.#known(query, found.slice(0, k)), method };
      wanted *= 4;
    }
  }

  /** With what is known of their bodies, where that is asked for. */
  #known(
    { shard, bodies }: Pick<VectorQuery, "shard" | "bodies">,
    found: readonly Candidate[],
  ): readonly Candidate[] {
    return bodies === "known" ? this.#bodies.known(this.#shardName(shard), found) : found;
  }

  #withBodies(
    shard: number,
    candidates: readonly Candidate[],
    signal: AbortSignal,
  ): Promise<Candidate[]> {
    const read = (ids: readonly string[]) => this.documents(shard, ids, { vectors: false }, signal);
    return this.#bodies.fill(this.#shardName(shard), candidates, read);
  }

  /** Of all its versions. */
  #shardName(shard: number): string {
    return `${this.#layout.key}/${shard}`;
  }

  /** Null where the shard is too large to be kept in memory. */
  #nearestInMemory(
    { table, name }: PinnedShard,
    { space, vector, k }: VectorQuery,
    signal: AbortSignal,
  ): Promise<Candidate[] | null> {
    const declared = this.#space(space);
    return this.#gate.pass(() => this.#blocks.nearest(table, name, declared, vector, k), signal);
  }

  async match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    assert(this.#layout.lexical, "the layout keeps texts");
    const { table } = this.#shard(query.shard);
    const method: SearchMethod = { kind: "words", because: "full-text index (BM25)" };
    let wanted = query.k + WORD_TIES_FETCHED;
    for (let round = 0; ; round++) {
      const found = await this.#gate.pass(
        () => matching(this.#layout, table, query, wanted),
        signal,
      );
      found.sort(bestFirst);
      if (!cutsTies(found, query.k, wanted) || round === TIE_ROUNDS_MAX)
        return { candidates: this.#known(query, found.slice(0, query.k)), method };
      wanted *= 4;
    }
  }

  async documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const { table } = this.#shard(shard);
    const rows: StoredRow[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const asked = ids.slice(start, start + IDS_PER_QUERY);
      const query = table.query().where(allOf(LIVE, inList(COLUMNS.id, asked)));
      const result = await this.#gate.pass(
        () => query.select(rowColumns(this.#layout, include)).toArrow(),
        signal,
      );
      rows.push(...readRows(this.#layout, include, result));
    }
    if (!include.vectors) this.#bodies.keep(this.#shardName(shard), rows);
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
    const behind = after === null ? null : `${COLUMNS.id} > ${sqlLiteral(after)}`;
    const query = this.#shard(shard)
      .table.query()
      .where(
        allOf(
          FIRST_PASSAGE,
          LIVE,
          behind,
          filter === null ? null : filterSql(this.#layout, filter),
        ),
      )
      .orderBy({ columnName: COLUMNS.id, ascending: true })
      .limit(limit)
      .select(rowColumns(this.#layout, include));
    const result = await this.#gate.pass(() => query.toArrow(), signal);
    return readRows(this.#layout, include, result);
  }

  async count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    const condition = allOf(
      FIRST_PASSAGE,
      LIVE,
      filter === null ? null : filterSql(this.#layout, filter),
    );
    return this.#gate.pass(() => this.#shard(shard).table.countRows(condition), signal);
  }

  /** Passages that a search could find. */
  #matches(
    { table }: PinnedShard,
    { space, filter }: VectorQuery,
    signal: AbortSignal,
  ): Promise<number> {
    const condition = allOf(
      `\`${vectorColumn(space)}\` IS NOT NULL`,
      filter === null ? null : filterSql(this.#layout, filter),
    );
    return this.#gate.pass(() => table.countRows(condition), signal);
  }

  /**
   * A filter that leaves few is no reason to scan: Lance looks at the matching rows first, and the walk through the graph with
   * them found as much (recall 1.0 at 1 % and 0.1 % of 100,000) in a sixth of the scan's time.
   */
  #chooseMethod({ indexedSpaces }: PinnedShard, { space, exact }: VectorQuery): SearchMethod {
    if (exact === true) return { kind: "scan", because: "the query asks for exact search" };
    return indexedSpaces.has(space)
      ? { kind: "graph", because: "the space has an HNSW index" }
      : { kind: "scan", because: this.#whyNoIndex(space) };
  }

  #whyNoIndex(space: string): string {
    const plan = this.#space(space).index;
    if (plan?.kind === "exact") return `the space is searched exactly: ${plan.because}`;
    const bounded = plan?.kind === "hnsw" && plan.upToVectors !== null;
    return `the space has no index: it has few vectors${bounded ? ", or too many for its memory" : ""}`;
  }

  #space(space: string): StoreLayout["spaces"][number] {
    const declared = this.#layout.spaces.find(({ name }) => name === space);
    return required(declared, "the layout has the space");
  }

  #shard(shard: number): PinnedShard {
    return required(this.#shards[shard], "the layout has the shard");
  }
}

/** The engine cuts ties anywhere: only when something farther was seen are all rows as near as the k-th here. */
function cutsTies(found: readonly Candidate[], k: number, wanted: number): boolean {
  return found.length === wanted && found[k - 1]?.similarity === found.at(-1)?.similarity;
}

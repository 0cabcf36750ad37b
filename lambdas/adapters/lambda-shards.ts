import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { ShardEvent, ShardResult } from "../../shared/contracts/shard-event.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { assert } from "../../shared/std/assert.ts";
import { decodeVector, encodeVector } from "../../shared/std/bytes.ts";
import type {
  LexicalQuery,
  Searched,
  StoreLayout,
  StoreView,
  StoredRow,
  VectorQuery,
} from "../ports/store.ts";
import { withBodies } from "./with-bodies.ts";

/** Documents of one call: its reply has to fit 6 MB, and a document's rows may have 0.6 MB, their vectors as much again. */
const DOCUMENTS_PER_CALL = 8;
const DOCUMENTS_PER_CALL_WITH_VECTORS = 4;

/** Sends one event to a shard reader's function. @returns what it answered, as JSON */
export type InvokeShard = (payload: string, signal: AbortSignal) => Promise<string>;

/** A copy of a collection that a shard reader serves, as a view. */
export class LambdaShardView implements StoreView {
  readonly #call: InvokeShard;
  readonly #place: { readonly layout: StoreLayout; readonly checkpoint: Checkpoint };

  constructor(call: InvokeShard, layout: StoreLayout, checkpoint: Checkpoint) {
    this.#call = call;
    this.#place = { layout, checkpoint };
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    const { shard, space, k, filter, exact = false } = query;
    const vector = encodeVector(query.vector);
    const asked = { shard, space, vector, k, filter, exact };
    const result = await this.#invoke({ op: "search", ...this.#placed(), ...asked }, signal);
    assert(result.kind === "searched", "a search is answered by candidates");
    return this.#searched(query, result, signal);
  }

  async match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    const { shard, text, k, filter } = query;
    const asked = { shard, text, k, filter };
    const result = await this.#invoke({ op: "match", ...this.#placed(), ...asked }, signal);
    assert(result.kind === "searched", "a match is answered by candidates");
    return this.#searched(query, result, signal);
  }

  async documents(
    shard: number,
    ids: readonly string[],
    { vectors }: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const rows: StoredRow[] = [];
    const most = vectors ? DOCUMENTS_PER_CALL_WITH_VECTORS : DOCUMENTS_PER_CALL;
    const distinct = [...new Set(ids)].sort(compareCodePoints);
    for (let start = 0; start < distinct.length; start += most) {
      const batch = distinct.slice(start, start + most);
      const asked = { shard, ids: [...batch], vectors };
      const result = await this.#invoke({ op: "documents", ...this.#placed(), ...asked }, signal);
      rows.push(...readRows(result));
    }
    return rows;
  }

  async scan(
    shard: number,
    after: string | null,
    limit: number,
    filter: Filter | null,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const rows: StoredRow[] = [];
    while (rows.length < limit) {
      const wanted = Math.min(limit - rows.length, DOCUMENTS_PER_CALL);
      const asked = { shard, after: rows.at(-1)?.id ?? after, limit: wanted, filter };
      const result = await this.#invoke({ op: "scan", ...this.#placed(), ...asked }, signal);
      const page = readRows(result);
      rows.push(...page);
      if (page.length < wanted) break;
    }
    return rows;
  }

  async count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    const asked = { shard, filter };
    const result = await this.#invoke({ op: "count", ...this.#placed(), ...asked }, signal);
    assert(result.kind === "count", "a count is answered by a number");
    return result.count;
  }

  #placed() {
    const { layout, checkpoint } = this.#place;
    const { key, shards, lexical } = layout;
    const spaces = layout.spaces.map((space) => ({ ...space }));
    const fields = layout.fields.map((field) => ({ ...field }));
    return { layout: { key, shards, lexical, spaces, fields }, checkpoint };
  }

  /** With bodies, where they are asked for: read apart, since as many as there are candidates may not fit a reply. */
  async #searched(
    { shard, bodies }: Pick<VectorQuery, "shard" | "bodies">,
    { candidates, method }: Searched,
    signal: AbortSignal,
  ): Promise<Searched> {
    if (bodies !== true) return { candidates, method };
    return { candidates: await withBodies(this, shard, candidates, signal), method };
  }

  /** The reader runs the same schemas, and checking every candidate again would cost more than the call. */
  async #invoke(event: ShardEvent, signal: AbortSignal): Promise<ShardResult> {
    return JSON.parse(await this.#call(JSON.stringify(event), signal)) as ShardResult;
  }
}

function readRows(result: ShardResult): StoredRow[] {
  assert(result.kind === "rows", "rows are answered by rows");
  return result.rows.map(({ vectors, ...row }) => ({
    ...row,
    vectors: Object.fromEntries(
      Object.entries(vectors).map(([space, text]) => [
        space,
        text === null ? null : decodeVector(text),
      ]),
    ),
  }));
}

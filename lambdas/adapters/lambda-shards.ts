import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { ShardEvent, ShardResult } from "../../shared/contracts/shard-event.ts";
import type { Filter } from "../../shared/domain/filter.ts";
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

/** Ids of one call: its reply has to fit 6 MB. */
const IDS_PER_CALL = 200;

/** A copy of a collection that a shard reader serves, as a view: each call is an Invoke. */
export class LambdaShardView implements StoreView {
  readonly #client: LambdaClient;
  readonly #functionName: string;
  readonly #place: { readonly layout: StoreLayout; readonly checkpoint: Checkpoint };

  constructor(
    client: LambdaClient,
    functionName: string,
    layout: StoreLayout,
    checkpoint: Checkpoint,
  ) {
    this.#client = client;
    this.#functionName = functionName;
    this.#place = { layout, checkpoint };
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    const { shard, space, k, filter, bodies = false, exact = false } = query;
    const vector = encodeVector(query.vector);
    const asked = { shard, space, vector, k, filter, bodies, exact };
    const result = await this.#invoke({ op: "search", ...this.#placed(), ...asked }, signal);
    assert(result.kind === "searched", "a search is answered by candidates");
    return result as Searched;
  }

  async match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    const { shard, text, k, filter, bodies = false } = query;
    const asked = { shard, text, k, filter, bodies };
    const result = await this.#invoke({ op: "match", ...this.#placed(), ...asked }, signal);
    assert(result.kind === "searched", "a match is answered by candidates");
    return result as Searched;
  }

  async documents(
    shard: number,
    ids: readonly string[],
    { vectors }: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const rows: StoredRow[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_CALL) {
      const batch = ids.slice(start, start + IDS_PER_CALL);
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
    const asked = { shard, after, limit, filter };
    return readRows(await this.#invoke({ op: "scan", ...this.#placed(), ...asked }, signal));
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

  /** The reader runs the same schemas, and checking every candidate again would cost more than the call. */
  async #invoke(event: ShardEvent, signal: AbortSignal): Promise<ShardResult> {
    const command = new InvokeCommand({
      FunctionName: this.#functionName,
      Payload: JSON.stringify(event),
    });
    const output = await this.#client.send(command, { abortSignal: signal });
    const text = output.Payload?.transformToString() ?? "";
    if (output.FunctionError !== undefined)
      throw new Error(`the shard reader failed: ${text.slice(0, 300)}`);
    return JSON.parse(text) as ShardResult;
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

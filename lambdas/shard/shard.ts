import type { ShardEvent, ShardResult } from "../../shared/contracts/shard-event.ts";
import { assert, required, unreachable } from "../../shared/std/assert.ts";
import { decodeVector, encodeVector } from "../../shared/std/bytes.ts";
import type { StoredRow, VectorStore } from "../ports/store.ts";

/** Answers one leg from this process' own opening of the store, at the checkpoint that the search is made at. */
export async function readShard(
  store: VectorStore,
  event: ShardEvent,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { layout, checkpoint, shard } = event;
  assert(shard < layout.shards, "the layout has the shard");
  const view = await store.openView(layout, checkpoint, signal);
  switch (event.op) {
    case "search": {
      const vector = required(decodeVector(event.vector), "a vector is whole");
      const { space, k, filter, exact } = event;
      const query = { shard, space, vector, k, filter, exact };
      const { candidates, method } = await view.search(query, signal);
      return { kind: "searched", candidates: [...candidates], method };
    }
    case "match": {
      const { text, k, filter } = event;
      const { candidates, method } = await view.match({ shard, text, k, filter }, signal);
      return { kind: "searched", candidates: [...candidates], method };
    }
    case "documents": {
      const rows = await view.documents(shard, event.ids, { vectors: event.vectors }, signal);
      return { kind: "rows", rows: rows.map(toWire) };
    }
    case "scan": {
      const rows = await view.scan(shard, event.after, event.limit, event.filter, signal);
      return { kind: "rows", rows: rows.map(toWire) };
    }
    case "count":
      return { kind: "count", count: await view.count(shard, event.filter, signal) };
    default:
      return unreachable(event);
  }
}

function toWire({ id, passage, position, body, fields, vectors }: StoredRow) {
  const encoded = Object.entries(vectors).map(([space, vector]): [string, string | null] => [
    space,
    vector === null ? null : encodeVector(vector),
  ]);
  const values = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "object" && value !== null ? [...value] : value,
  ]);
  return {
    id,
    passage,
    position,
    body,
    fields: Object.fromEntries(values),
    vectors: Object.fromEntries(encoded),
  };
}

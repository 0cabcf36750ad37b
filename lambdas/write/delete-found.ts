import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { parseFilter } from "../../shared/contracts/filter.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { planShards } from "../../shared/domain/plan-shards.ts";
import { sha256Hex, utf8Length } from "../../shared/std/bytes.ts";
import { canonicalJson, type Json } from "../../shared/std/canonical-json.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { append } from "./append.ts";
import { primaryRecord } from "./as-primary.ts";
import { underSchema } from "./under-schema.ts";
import { idempotencyScope, type WriteDeps } from "./write.ts";

type DeleteFoundEvent = Extract<z.output<typeof WriteEvent>, { op: "delete-found" }>;

/** Of one entry, which the store is asked about in one query; what is left is for the next request. */
const IDS_BYTES_MAX = 255 * 1_024;

/** While vectors are made for a new space: documents are written again then, each at most a few times. */
const ROUNDS_MAX = 5;

/**
 * Deletes the documents that a filter finds in the primary, but those that are written to before the deletion's turn comes. The log
 * gets the ids, so every region deletes the same.
 *
 * @returns `ids`: what was found, empty for a repeated request; `more` where the filter finds more than one request deletes
 */
export async function deleteFound(
  deps: WriteDeps,
  caller: Caller,
  event: DeleteFoundEvent,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const record = await primaryRecord(deps, caller.tenant, event.collection, signal);
  const scope = idempotencyScope(record, caller, event.idempotencyKey);
  const { filter, waitFor } = event;
  const digest = sha256Hex(canonicalJson({ op: "delete-found", filter: filter as Json }));
  const first = await once(scope);
  // What is being given vectors of a new space meanwhile has moved on, without anybody having changed it.
  const named = new Set(first.result.ids);
  for (let round = 2; first.filling && round <= ROUNDS_MAX; round++) {
    const again = await once(`${scope}#${round}`, named);
    if (again.result.ids.length === 0) break;
  }
  return first.result;

  function once(key: string, among?: ReadonlySet<string>) {
    return underSchema(deps, record, signal, async () => {
      const held = await deps.applier.catchUp(record, null, signal);
      const found = await find(deps, held, filter, signal);
      const ids = found.ids.filter((id) => among?.has(id) !== false);
      const { point, unfilled } = held.checkpoint;
      const entry: LogEntry = {
        v: 1,
        kind: "delete-found",
        ids,
        foundAt: point.position,
        createdBy: caller.keyId,
      };
      const asked = { entries: [entry], ids, scope: key, digest, waitFor };
      const written = await append(deps, record, held, asked, signal);
      // What the first request of this key found is not what is found now.
      const result: WrittenResult = written.repeated
        ? { ...written, ids: [] }
        : { ...written, more: found.more };
      return { result, filling: unfilled !== undefined };
    });
  }
}

/** Ids of the documents, shard by shard, as many as one entry holds. */
async function find(
  { store, placements }: WriteDeps,
  { collection, map, layout, checkpoint }: Holding,
  wire: DeleteFoundEvent["filter"],
  signal: AbortSignal,
): Promise<{ readonly ids: string[]; readonly more: boolean }> {
  const filter = parseFilter(wire, collection.fields);
  const view = await store.openView(layout, checkpoint, signal);
  const ids: string[] = [];
  let bytes = 0;
  for (const shard of planShards(placements.placement(collection, map), filter).asked) {
    for (let after: string | null = null; ;) {
      const page = await view.scan(shard, after, LIMITS.pageMax, filter, signal);
      for (const { id } of page) {
        bytes += utf8Length(JSON.stringify(id)) + 1;
        if (bytes > IDS_BYTES_MAX || ids.length === LIMITS.deletedAtOnceMax)
          return { ids, more: true };
        ids.push(id);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < LIMITS.pageMax) break;
      after = last.id;
    }
  }
  return { ids, more: false };
}

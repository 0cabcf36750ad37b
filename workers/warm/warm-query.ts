import { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { answerQuery } from "../cache/answer-query.ts";
import { confirmedEntry, isHurried, isKeepable, knownOf, toEntry } from "../cache/to-entry.ts";
import type { Edge } from "../edge.ts";
import { traceparentOf } from "../http/trace.ts";
import type { HotKey, RegionStore } from "../ports/region-store.ts";

/** For one query. */
const QUERY_MS_MAX = 5_000;
const REDIS_MS_MAX = 2_000;

/**
 * Brings one query's answer into a region's Redis, computed by that region; an answer that is there and still right is only confirmed.
 * @throws Problem: what the region says of the query; or what a call failed with
 */
export async function warmQuery(
  edge: Edge,
  store: RegionStore,
  { key, query }: HotKey,
): Promise<void> {
  const functions = edge.router.functions.get(store.region);
  if (functions === undefined) throw new Error(`${store.region} has no functions`);
  const held = await heldEntry(store, key);
  const { caller, request } = query;
  const event = {
    op: "retrieve" as const,
    requestId: edge.newId(),
    traceparent: traceparentOf(undefined, edge.newId),
    context: edge.vouch(caller),
    deadlineMs: QUERY_MS_MAX,
    ...answerQuery(request),
    coverage: "any" as const,
    freshness: { consistency: "bounded" as const, maxStalenessMs: 5_000, token: null },
    known: held === null ? null : knownOf(held),
  };
  const result = await functions.search(event, AbortSignal.timeout(QUERY_MS_MAX));
  if (result.kind === "problem") throw new Problem(result.problem.code, result.problem.hint);
  if (result.kind !== "answer" && result.kind !== "unchanged")
    throw new Error(`${store.region} answered a retrieval with ${result.kind}`);
  if (result.kind === "answer" && isHurried(result)) return;
  const entry = result.kind === "answer" ? toEntry(edge, caller, result) : held;
  if (entry === null) throw new Error("a region called unchanged what was not named");
  const kept = result.kind === "unchanged" ? confirmedEntry(entry, result) : entry;
  if (isKeepable(kept))
    await store.keepEntry(key, JSON.stringify(kept), AbortSignal.timeout(REDIS_MS_MAX));
}

/** Null also where another release wrote it in another form. */
async function heldEntry(store: RegionStore, key: string): Promise<CacheEntry | null> {
  const text = await store.entry(key, AbortSignal.timeout(REDIS_MS_MAX));
  const entry = CacheEntry.safeParse(text === null ? null : JSON.parse(text));
  return entry.success ? entry.data : null;
}

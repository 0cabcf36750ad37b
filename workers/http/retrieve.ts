import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { KnownAnswer } from "../../shared/contracts/known-answer.ts";
import type {
  RetrieveResult,
  Served,
  UnchangedResult,
} from "../../shared/contracts/region-event.ts";
import { RetrieveRequest, type Tier } from "../../shared/contracts/retrieve.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { laterOf } from "../../shared/domain/right-up-to.ts";
import { tokenOf } from "../../shared/domain/point.ts";
import { cacheKey, normalisePart, type AnswerQuery } from "../cache/cache-key.ts";
import type { Edge } from "../edge.ts";
import { callRegions } from "../routing/call-regions.ts";
import {
  admitted,
  deferrer,
  envelope,
  inCallersWords,
  jsonBody,
  positionToken,
  POSITION_HEADER,
  wantedFreshness,
  type EdgeContext,
} from "./request.ts";

/** POST /v1/retrieve: from the nearest tier that may answer at the asked freshness, else from the nearest region. */
export async function retrieveRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const request = await jsonBody(context, RetrieveRequest);
  const query = answerQuery(request);
  const position = positionToken(context);
  const freshness = wantedFreshness(
    request.consistency,
    request.maxStalenessMs,
    position?.text ?? null,
  );
  const key = cacheKey(caller, query);
  const defer = deferrer(context);
  const wanted = {
    ...freshness,
    token: freshness.token === null ? null : (position?.token ?? null),
  };
  const found = await edge.hot.find(key, wanted, defer);
  context.get("timings").set("cache", edge.nowMs() - context.get("startMs"));
  if (found.kind === "fresh") return reply(edge, context, found.entry, found.tier, null);

  const known = found.kind === "stale" ? knownOf(found.entry) : null;
  let sentMs = edge.nowMs();
  const result = await callRegions<RetrieveResult | UnchangedResult>(
    edge.router,
    request.deadlineMs - (edge.nowMs() - context.get("startMs")),
    async (functions, { regionMs, signal }) => {
      sentMs = edge.nowMs();
      const event = {
        op: "retrieve" as const,
        ...envelope(edge, context, caller, regionMs),
        ...query,
        coverage: request.coverage,
        freshness,
        known,
      };
      const answered = await functions.search(event, signal);
      if (
        answered.kind === "answer" ||
        answered.kind === "unchanged" ||
        answered.kind === "problem"
      )
        return answered;
      throw new Error(`${functions.region} answered a retrieval with ${answered.kind}`);
    },
    { about: `${caller.tenant} ${request.collection}`, lacks: lacksShard },
  ).catch(inCallersWords(request.query !== undefined));
  edge.clocks.keep(result.served.incarnation, result.served.now, sentMs);
  context.get("timings").set("region", edge.nowMs() - sentMs);
  if (result.kind === "unchanged" && found.kind === "stale") {
    const { point, confirmed } = laterOf(found.entry, result.served);
    const entry: CacheEntry = { ...found.entry, point, confirmed };
    edge.hot.keep(key, entry, defer);
    return reply(edge, context, entry, found.tier, null);
  }
  if (result.kind === "unchanged") throw new Error("a region called unchanged what was not named");
  const entry = toEntry(edge, caller, result);
  // What was made in less time than was asked for is no answer for others.
  if (result.rerank?.applied !== false && result.exact?.recall !== null)
    edge.hot.keep(key, entry, defer);
  return reply(edge, context, entry, "region", result.timings);
}

/** Whether a shard is gone in the region that answered. One that was late says that there was little time, in other regions too. */
function lacksShard(result: RetrieveResult | UnchangedResult): boolean {
  return (
    result.kind === "answer" && result.coverage.missing.some(({ reason }) => reason === "failed")
  );
}

/** The query as it is keyed, cached and sent: what decides which hits are the answer. */
export function answerQuery(request: RetrieveRequest): AnswerQuery {
  const { query, queries, consistency, maxStalenessMs, deadlineMs, coverage, ...deciding } =
    request;
  const parts = queries ?? (query === undefined ? [] : [query]);
  return { ...deciding, queries: parts.map(normalisePart) };
}

/** What the region is told of an answer that the edge holds, so that it can say whether it still is the answer. */
function knownOf({ incarnation, map, point, entryId, watch, reranker }: CacheEntry): KnownAnswer {
  const known = { incarnation, map, point, entryId, watch };
  return reranker === undefined ? known : { ...known, reranker };
}

function toEntry(edge: Edge, caller: Caller, result: RetrieveResult): CacheEntry {
  const { served, entryId, watch, coverage, rerank, exact, explain } = result;
  const hits = result.hits.map((hit) => edge.mediaPaths.signHit(caller.tenant, hit));
  const { incarnation, map, point, confirmed, region } = served;
  return {
    v: 3,
    madeMs: edge.nowMs(),
    incarnation,
    map,
    entryId,
    watch,
    point,
    confirmed,
    region,
    ...(rerank?.model === undefined ? {} : { reranker: rerank.model }),
    answer: JSON.stringify({ hits, rerank, exact, explain }),
    coverage,
  };
}

/** The answer with its labels. The hits go out as they were stored: writing them anew would cost more than all else here. */
function reply(
  edge: Edge,
  context: EdgeContext,
  entry: CacheEntry,
  tier: Tier,
  timings: Readonly<Record<string, number>> | null,
): Response {
  edge.metrics.answered(tier);
  const nowMs = edge.nowMs();
  const staleness = stalenessMs(entry.confirmed, edge.clocks.now(entry.incarnation, nowMs));
  const labels = {
    region: entry.region,
    location: edge.here.name,
    tier,
    servedPosition: entry.point.position,
    // As of when the request came: the bound speaks of writes acknowledged before that.
    stalenessMs:
      staleness === null
        ? null
        : Math.max(0, Math.round(staleness - (nowMs - context.get("startMs")))),
    coverage: entry.coverage,
    requestId: context.get("requestId"),
    ...(timings === null ? {} : { timings }),
  };
  return new Response(`${entry.answer.slice(0, -1)},${JSON.stringify(labels).slice(1)}`, {
    headers: answerHeaders(entry.incarnation, entry.point),
  });
}

/** Headers of everything that was read: private to the caller, with the position to carry on. */
export function answerHeaders(incarnation: string, point: Served["point"]): Record<string, string> {
  return {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    [POSITION_HEADER]: tokenOf(incarnation, point),
  };
}

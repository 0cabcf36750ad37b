import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { Problem, problemSpec } from "../../shared/contracts/problems.ts";
import type { Served } from "../../shared/contracts/region-event.ts";
import { RetrieveRequest, type Tier } from "../../shared/contracts/retrieve.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { tokenOf } from "../../shared/domain/point.ts";
import type { BroughtAnswer } from "../cache/brought-answer.ts";
import { answerQuery } from "../cache/answer-query.ts";
import { cacheKey } from "../cache/cache-key.ts";
import { mayServe, type WantedFreshness } from "../cache/freshness.ts";
import type { Lookup } from "../cache/hot-answers.ts";
import type { Flown } from "../cache/single-flight.ts";
import type { Edge } from "../edge.ts";
import { bringAnswer, type Bringing } from "./bring-answer.ts";
import { cacheStatus } from "./cache-status.ts";
import {
  admitted,
  deferrer,
  inCallersWords,
  jsonBody,
  positionToken,
  POSITION_HEADER,
  wantedFreshness,
  type EdgeContext,
} from "./request.ts";

/** A renewal takes the round trip to the region and about so much more, ms. */
const RENEWAL_MS = 50;
const HEAT_MS_MAX = 2_000;

/** POST /v1/retrieve: from the nearest tier that may answer at the asked freshness, else from the nearest region. */
export async function retrieveRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const request = await jsonBody(context, RetrieveRequest);
  const query = answerQuery(request);
  const position = positionToken(context);
  const { consistency, maxStalenessMs } = request;
  const freshness = wantedFreshness(consistency, maxStalenessMs, position?.text ?? null);
  const bringing = { caller, request, query, freshness, key: cacheKey(caller, query) };
  const wanted = {
    ...freshness,
    token: freshness.token === null ? null : (position?.token ?? null),
  };
  noteHeat(edge, bringing, deferrer(context));
  const found = await edge.hot.find(bringing.key, wanted, deferrer(context));
  context.get("timings").set("cache", edge.nowMs() - context.get("startMs"));
  if (found.kind === "fresh") {
    renewAhead(edge, context, bringing, wanted, found);
    return reply(edge, context, { ...found, timings: null }, cacheStatus(found, null));
  }
  const { value, led } = await bring(edge, context, bringing, wanted, found).catch(
    inCallersWords(request.query !== undefined),
  );
  const { entry, tier } = value;
  const status = cacheStatus(found, { tier, collapsed: !led });
  return reply(edge, context, { entry, tier, timings: led ? value.timings : null }, status);
}

/** Counts the query among the hot ones, and tells the region's list now and then. Nobody waits for it, and a count that is lost is no loss. */
function noteHeat(
  edge: Edge,
  { key, caller, request }: Bringing,
  defer: (work: Promise<unknown>) => void,
): void {
  edge.heat.asked(key, caller, request);
  const asked = edge.heat.take(edge.nowMs());
  const store = edge.nearestStore();
  if (asked.length === 0 || store === null) return;
  const told = store.heatUp(asked, edge.nowMs(), AbortSignal.timeout(HEAT_MS_MAX));
  defer(told.catch(() => edge.metrics.cacheFailed("redis")));
}

/** One call to a region for all in this isolate who ask for the same; but a strong read begins its own. */
async function bring(
  edge: Edge,
  context: EdgeContext,
  bringing: Bringing,
  wanted: WantedFreshness,
  found: Exclude<Lookup, { kind: "fresh" }>,
): Promise<Flown<BroughtAnswer>> {
  const { request } = bringing;
  const held = found.kind === "stale" ? found : null;
  const lead = () => bringAnswer(edge, context, bringing, held);
  if (request.consistency === "strong") return { value: await lead(), led: true };
  // A flight may have ended while the slower tiers were looked into.
  const entry = edge.hot.brought(bringing.key, wanted);
  if (entry !== null)
    return { value: { entry, tier: "isolate", timings: null, hurried: false }, led: false };
  const leftMs = request.deadlineMs - (edge.nowMs() - context.get("startMs"));
  return edge.flights.run(flightKey(bringing), lead, {
    accepts: ({ entry, hurried }) => {
      const now = edge.clocks.now(entry.incarnation, edge.nowMs());
      return !hurried && (wanted.consistency === "eventual" || mayServe(entry, wanted, now));
    },
    shares: isOfTheRequest,
    // The other half is for a call of one's own.
    waitMs: Math.max(1, leftMs / 2),
  });
}

/** Behind the reply, so that what is asked for often is never waited for: by the watch list where it can tell, else by the region. */
function renewAhead(
  edge: Edge,
  context: EdgeContext,
  bringing: Bringing,
  wanted: WantedFreshness,
  found: Extract<Lookup, { kind: "fresh" }>,
): void {
  const { entry, tier } = found;
  const renewalMs = RENEWAL_MS + edge.router.health.rttMs(entry.region, edge.nowMs());
  const flight = flightKey(bringing);
  if (!edge.hot.isDue(entry, wanted, renewalMs) || edge.flights.has(flight)) return;
  const defer = deferrer(context);
  const lead = async () => {
    const renewed = await edge.hot.renew(bringing.key, entry, defer);
    if (renewed !== null) return { entry: renewed, tier, timings: null, hurried: false };
    return bringAnswer(edge, context, bringing, found);
  };
  const renewal = edge.flights.run(flight, lead, {
    accepts: () => true,
    shares: () => true,
    waitMs: 1,
  });
  // Nobody waits for it: who finds the answer past its bound asks again, and is told what is wrong.
  defer(renewal.catch(() => undefined));
}

/** What is asked, and how well and how fresh it is to be answered. */
function flightKey({ key, request }: Bringing): string {
  const { consistency, maxStalenessMs, coverage } = request;
  return `${key} ${consistency} ${maxStalenessMs} ${JSON.stringify(coverage)}`;
}

/** Whether everybody who asks for the same gets the same problem, whichever region is asked. A lost position is the one caller's, by its token. */
function isOfTheRequest(error: unknown): boolean {
  return (
    error instanceof Problem &&
    error.code !== "position-lost" &&
    problemSpec(error.code).status < 500
  );
}

/** The answer with its labels. The hits go out as they were stored: writing them anew would cost more than all else here. */
function reply(
  edge: Edge,
  context: EdgeContext,
  {
    entry,
    tier,
    timings,
  }: {
    readonly entry: CacheEntry;
    readonly tier: Tier;
    readonly timings: BroughtAnswer["timings"];
  },
  status: string,
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
    headers: { ...answerHeaders(entry.incarnation, entry.point), "cache-status": status },
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

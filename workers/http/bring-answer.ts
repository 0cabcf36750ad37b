import type { Caller } from "../../shared/contracts/caller.ts";
import type {
  Freshness,
  RetrieveResult,
  UnchangedResult,
} from "../../shared/contracts/region-event.ts";
import type { RetrieveRequest } from "../../shared/contracts/retrieve.ts";
import type { AnswerQuery } from "../cache/cache-key.ts";
import type { BroughtAnswer } from "../cache/brought-answer.ts";
import type { Lookup } from "../cache/hot-answers.ts";
import { confirmedEntry, isHurried, knownOf, toEntry } from "../cache/to-entry.ts";
import type { Edge } from "../edge.ts";
import { callRegions } from "../routing/call-regions.ts";
import { deferrer, envelope, type EdgeContext } from "./request.ts";

/** A retrieval that a region is to answer. */
export interface Bringing {
  readonly caller: Caller;
  readonly request: RetrieveRequest;
  readonly query: AnswerQuery;
  readonly key: string;
  readonly freshness: Freshness;
}

/** The answer of the nearest region that gives one, kept in the tiers. What the cache holds is named to it, so that it need not come again. */
export async function bringAnswer(
  edge: Edge,
  context: EdgeContext,
  { caller, request, query, key, freshness }: Bringing,
  held: Exclude<Lookup, { kind: "miss" }> | null,
): Promise<BroughtAnswer> {
  const known = held === null ? null : knownOf(held.entry);
  const defer = deferrer(context);
  const askedMs = edge.nowMs();
  const result = await callRegions<RetrieveResult | UnchangedResult>(
    edge.router,
    request.deadlineMs - (edge.nowMs() - context.get("startMs")),
    async (functions, { regionMs, signal }) => {
      const sentMs = edge.nowMs();
      const event = {
        op: "retrieve" as const,
        ...envelope(edge, context, caller, regionMs),
        ...query,
        coverage: request.coverage,
        freshness,
        known,
      };
      const answered = await functions.search(event, signal);
      if (answered.kind === "problem") return answered;
      if (answered.kind === "answer" || answered.kind === "unchanged") {
        // A reading counts from when it was asked for: by this call, whichever call's answer is taken.
        edge.clocks.keep(answered.served.incarnation, answered.served.now, sentMs);
        return answered;
      }
      throw new Error(`${functions.region} answered a retrieval with ${answered.kind}`);
    },
    { about: `${caller.tenant} ${request.collection}`, lacks: lacksShard },
  );
  context.get("timings").set("region", edge.nowMs() - askedMs);
  if (result.kind === "unchanged") {
    if (held === null) throw new Error("a region called unchanged what was not named");
    const entry = confirmedEntry(held.entry, result);
    edge.hot.keep(key, entry, defer);
    return { entry, tier: held.tier, timings: null, hurried: false };
  }
  const entry = toEntry(edge, caller, result);
  const hurried = isHurried(result);
  if (!hurried) edge.hot.keep(key, entry, defer);
  return { entry, tier: "region", timings: result.timings, hurried };
}

/** Whether a shard is gone in the region that answered. One that was late says that there was little time, in other regions too. */
function lacksShard(result: RetrieveResult | UnchangedResult): boolean {
  return (
    result.kind === "answer" && result.coverage.missing.some(({ reason }) => reason === "failed")
  );
}

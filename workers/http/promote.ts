import { CollectionName } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { PromoteRequest, type PromoteReply } from "../../shared/contracts/promote.ts";
import type { PromotedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import { required } from "../../shared/std/assert.ts";
import type { Edge } from "../edge.ts";
import { chooseRegions } from "../routing/choose-region.ts";
import { isTimeout } from "../routing/is-timeout.ts";
import { aboutOf, admitted, envelope, jsonBody, type EdgeContext } from "./request.ts";

/** POST /v1/collections/{name}/promote: a region becomes the one that accepts the collection's writes, in a new term. */
export async function promoteRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const { region, planned } = await jsonBody(context, PromoteRequest);
  const about = aboutOf(caller, collection);
  const result = await firstAnswer(edge, candidates(edge, about, region), (leftMs) => ({
    op: "promote",
    ...envelope(edge, context, caller, leftMs),
    collection,
    planned,
  }));
  const { record, from, lost } = result;
  edge.primaries.learn(about, record);
  const body: PromoteReply = {
    collection,
    primary: record.primary,
    from,
    term: record.term,
    lost,
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers: { "cache-control": "private, no-store" } });
}

/** @throws Problem `invalid-request` for a region that there is not */
function candidates(edge: Edge, about: string, region: string | undefined): string[] {
  const { functions, health, nowMs } = edge.router;
  const names = [...functions.keys()];
  if (region === undefined)
    return [...new Set([edge.primaries.of(about), ...chooseRegions(names, health, nowMs())])];
  if (names.includes(region)) return [region];
  throw new Problem(
    "invalid-request",
    `The regions are ${names.join(", ")}; nothing was changed.`,
    {
      errors: [{ pointer: "/region", message: "no such region" }],
    },
  );
}

/** The first region that can be reached at all answers for good: what it was asked to do it may have done. */
async function firstAnswer(
  { router }: Edge,
  regions: readonly string[],
  toEvent: (leftMs: number) => WriteEvent,
): Promise<PromotedResult> {
  const startMs = router.nowMs();
  let cause: unknown;
  for (const region of regions) {
    const leftMs = LIMITS.deadlineMsMax - (router.nowMs() - startMs);
    const functions = required(router.functions.get(region), "one of the regions");
    try {
      const result = await functions.write(toEvent(leftMs), AbortSignal.timeout(leftMs));
      if (result.kind === "problem")
        throw new Problem(result.problem.code, result.problem.hint, {
          errors: result.problem.errors,
        });
      if (result.kind !== "promoted")
        throw new Error(`a region answered a promotion with ${result.kind}`);
      return result;
    } catch (error) {
      if (error instanceof Problem) throw error;
      router.onAttempt(region, "failed", error);
      cause = error;
      if (isTimeout(error)) break;
    }
  }
  const hint = "No region that may be promoted answered; look at GET /v1/status, and try again.";
  throw new Problem("region-unavailable", hint, { cause });
}

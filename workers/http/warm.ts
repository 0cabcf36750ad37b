import pLimit from "p-limit";
import type { Caller } from "../../shared/contracts/caller.ts";
import { WarmRequest, type Job, type WarmReply } from "../../shared/contracts/job.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { answerQuery } from "../cache/answer-query.ts";
import { cacheKey } from "../cache/cache-key.ts";
import type { Edge } from "../edge.ts";
import type { HotKey, RegionStore } from "../ports/region-store.ts";
import { warmQuery } from "../warm/warm-query.ts";
import { admitted, deferrer, jsonBody, type EdgeContext } from "./request.ts";

const AT_ONCE = 4;
const REDIS_MS_MAX = 2_000;
/** How often a job says how far it is, ms. */
const TOLD_MS = 1_000;

/** POST /v1/warm: answers retrievals ahead into the Redis of the nearest region, behind the reply. */
export async function warmRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "write");
  const { queries } = await jsonBody(context, WarmRequest);
  const store = edge.nearestStore();
  if (store === null) throw new Problem("region-unavailable", "No region can be asked now.");
  const nowMs = edge.nowMs();
  const job: Job = {
    id: `${store.region}.${edge.newId()}`,
    kind: "warm",
    state: "running",
    total: queries.length,
    done: 0,
    failed: [],
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  await keep(store, caller, job).catch((cause: unknown) => {
    throw new Problem("region-unavailable", `${store.region} can't keep the job; try again.`, {
      cause,
    });
  });
  const hot = queries.map((request) => ({
    key: cacheKey(caller, answerQuery(request)),
    query: { caller, request },
  }));
  deferrer(context)(work(edge, store, caller, job, hot));
  const body: WarmReply = { job, requestId: context.get("requestId") };
  return Response.json(body, { status: 202, headers: { location: `/v1/jobs/${job.id}` } });
}

async function work(
  edge: Edge,
  store: RegionStore,
  caller: Caller,
  begun: Job,
  hot: readonly HotKey[],
): Promise<void> {
  const limit = pLimit(AT_ONCE);
  let job = begun;
  let toldMs = edge.nowMs();
  const tell = async (state: Job["state"]) => {
    toldMs = edge.nowMs();
    job = { ...job, state, updatedMs: toldMs };
    await keep(store, caller, job).catch(() => edge.metrics.cacheFailed("redis"));
  };
  await Promise.all(
    hot.map((query, index) =>
      limit(async () => {
        try {
          await warmQuery(edge, store, query);
          job = { ...job, done: job.done + 1 };
        } catch (error) {
          const { code, hint } =
            error instanceof Problem
              ? error
              : { code: "region-unavailable", hint: `${store.region} did not answer.` };
          job = { ...job, failed: [...job.failed, { index, code, hint }] };
        }
        if (edge.nowMs() - toldMs >= TOLD_MS) await tell("running");
      }),
    ),
  );
  await tell("done");
}

function keep(store: RegionStore, { tenant }: Caller, job: Job): Promise<void> {
  return store.keepJob(tenant, job, AbortSignal.timeout(REDIS_MS_MAX));
}

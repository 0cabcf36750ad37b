import { Problem } from "../../shared/contracts/problems.ts";
import type { Edge } from "../edge.ts";
import { admitted, type EdgeContext } from "./request.ts";

const REDIS_MS_MAX = 2_000;
/** A job that has said nothing for so long has lost whoever did it, ms. */
const SILENT_MS_MAX = 30_000;

/** GET /v1/jobs/{id}: how far a job is. It lies in the Redis of the region that its id names. */
export async function jobRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const { tenant } = await admitted(edge, context, "read");
  const id = context.req.param("id") ?? "";
  const store = edge.stores.get(id.slice(0, id.indexOf(".")));
  const job = await store?.job(tenant, id, AbortSignal.timeout(REDIS_MS_MAX)).catch((cause) => {
    throw new Problem("region-unavailable", `${store.region} can't be asked; try again.`, {
      cause,
    });
  });
  if (job === null || job === undefined)
    throw new Problem("not-found", "There is no such job; jobs are forgotten after an hour.");
  const silentMs = edge.nowMs() - job.updatedMs;
  const lost = job.state === "running" && silentMs > SILENT_MS_MAX;
  return Response.json(lost ? { ...job, state: "lost" } : job, {
    headers: { "cache-control": "private, no-store" },
  });
}

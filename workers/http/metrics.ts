import type { Edge } from "../edge.ts";
import { askRegions } from "./region-status.ts";
import { admitted, type EdgeContext } from "./request.ts";

/** GET /metrics: this isolate's counts, and how far each region is with the caller's collections. */
export async function metricsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const regions = await askRegions(edge, context, caller);
  const replicas = regions.flatMap(({ name: region, collections }) =>
    collections.map(({ name, stalenessMs, lag, reconciled }) => ({
      region,
      collection: name,
      stalenessMs,
      lag,
      reconciled,
    })),
  );
  const { body, type } = await edge.metrics.text(replicas);
  return new Response(body, { headers: { "content-type": type } });
}

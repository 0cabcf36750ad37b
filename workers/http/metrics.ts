import type { Edge } from "../edge.ts";
import { askRegions } from "./region-status.ts";
import { admitted, type EdgeContext } from "./request.ts";

/** GET /metrics: this isolate's counts, and how far each region is with the caller's collections. */
export async function metricsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  for (const { name, collections } of await askRegions(edge, context, caller))
    for (const collection of collections)
      edge.metrics.replicated(name, collection.name, collection);
  const { body, type } = await edge.metrics.text();
  return new Response(body, { headers: { "content-type": type } });
}

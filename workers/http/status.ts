import type { StatusReply } from "../../shared/contracts/status.ts";
import type { Edge } from "../edge.ts";
import { askRegions } from "./region-status.ts";
import { admitted, type EdgeContext } from "./request.ts";

/** GET /v1/status: this location, and each region as it answers now. */
export async function statusRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const body: StatusReply = {
    location: edge.here,
    locations: [...edge.locations],
    distance: edge.distance,
    primary: edge.primary,
    regionsRecord: edge.served.standing,
    regions: await askRegions(edge, context, caller),
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers: { "cache-control": "private, no-store" } });
}

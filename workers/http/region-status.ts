import type { Caller } from "../../shared/contracts/caller.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";
import type { RegionStatus } from "../../shared/contracts/status.ts";
import type { Edge } from "../edge.ts";
import { toCollectionView } from "./collections.ts";
import { envelope, type EdgeContext } from "./request.ts";

const REGION_MS_MAX = 2_000;

/** Each region with the caller's collections as it answers now; what does not answer in time is told as unreachable. */
export function askRegions(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
): Promise<RegionStatus[]> {
  return Promise.all(edge.regions.map((region) => regionStatus(edge, context, caller, region)));
}

async function regionStatus(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  region: RegionEntry,
): Promise<RegionStatus> {
  const { name, latitude, longitude } = region;
  const rttMs = Math.round(edge.router.health.rttMs(name, edge.nowMs()));
  const reads = edge.served.isOn(name) ? ("on" as const) : ("off" as const);
  const base = { name, latitude, longitude, rttMs, reads };
  try {
    const event = { op: "status" as const, ...envelope(edge, context, caller, REGION_MS_MAX) };
    const result = await edge.router.functions
      .get(name)
      ?.search(event, AbortSignal.timeout(REGION_MS_MAX));
    if (result?.kind !== "status") return { ...base, reachable: false, parts: {}, collections: [] };
    const collections = result.collections.map((status) => toCollectionView(status, name));
    return { ...base, reachable: true, parts: result.parts, collections };
  } catch {
    return { ...base, reachable: false, parts: {}, collections: [] }; // What status is for: the reply says it.
  }
}

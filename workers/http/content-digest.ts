import { CollectionName } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ContentReply, RegionContent } from "../../shared/contracts/snapshot.ts";
import type { Edge } from "../edge.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import { admitted, envelope, type EdgeContext } from "./request.ts";

const MARGIN_MS = 1_000;

/** GET /v1/collections/{name}/digest: every region reads all that it shows of the collection. */
export async function contentDigestRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const regionMs = LIMITS.deadlineMsMax - MARGIN_MS;
  const read = async (functions: RegionFunctions): Promise<RegionContent | null> => {
    const event = {
      op: "content" as const,
      ...envelope(edge, context, caller, regionMs),
      collection,
    };
    const result = await functions
      .search(event, AbortSignal.timeout(LIMITS.deadlineMsMax))
      .catch(() => null); // The reply names it.
    if (result?.kind === "problem" && result.problem.code === "not-found")
      throw new Problem("not-found", result.problem.hint);
    if (result?.kind !== "content") return null;
    const { region, point, schemaVersion, documents, digest } = result;
    return { region, point, schemaVersion, documents, digest };
  };
  const functions = [...edge.router.functions.values()];
  const found = await Promise.all(functions.map(read));
  const regions = found.filter((content) => content !== null);
  const body: ContentReply = {
    collection,
    regions,
    unreachable: functions.flatMap(({ region }, i) => (found[i] === null ? [region] : [])),
    agree: agree(regions),
    requestId: context.get("requestId"),
  };
  return Response.json(body, { headers: { "cache-control": "private, no-store" } });
}

/** Regions at other points, or of other spaces, can't be compared. */
function agree(regions: readonly RegionContent[]): boolean {
  const alike = Map.groupBy(
    regions,
    ({ point: { chain, position }, schemaVersion }) => `${position}/${chain}/${schemaVersion}`,
  );
  return [...alike.values()].every(
    (group) => new Set(group.map(({ digest }) => digest)).size === 1,
  );
}

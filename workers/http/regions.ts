import { Problem } from "../../shared/contracts/problems.ts";
import {
  RegionsRecord,
  type PublishRegionsReply,
  type RegionsReply,
} from "../../shared/contracts/regions-record.ts";
import type { Edge } from "../edge.ts";
import { readRecord } from "../routing/judge-regions.ts";
import { publishRegions, type Publishing } from "../routing/publish-regions.ts";
import { admitted, jsonBody, type EdgeContext } from "./request.ts";

const PRIVATE = { headers: { "cache-control": "private, no-store" } };

/** GET /v1/regions: which regions are read, after a look at all of their Redis. */
export async function regionsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  await admitted(edge, context, "admin");
  const looks = await edge.regionsPoll.look(edge.stores.size);
  const body: RegionsReply = {
    ...edge.served.standing,
    location: edge.here.name,
    regions: edge.served.switches,
    stores: looks.map(({ store, found }) => ({
      region: store.region,
      reachable: found !== null,
      version: versionOf(found?.published ?? null),
    })),
    requestId: context.get("requestId"),
  };
  return Response.json(body, PRIVATE);
}

/** PUT /v1/regions: publishes a record to every region's Redis that can be reached; this location serves it at once. */
export async function publishRegionsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  await admitted(edge, context, "admin");
  const record = await jsonBody(context, RegionsRecord);
  refuseUnknown(edge, record);
  // Redis may have lost what locations still serve: nobody would take what is older.
  await edge.regionsPoll.look(edge.stores.size);
  const { served, here } = edge;
  if (served.judge(JSON.stringify(record)).kind === "refused")
    throw outdated({ region: here.name, version: served.version, taken: [] }, record);
  const stores = edge.regions.flatMap(({ name }) => edge.stores.get(name) ?? []);
  const published = await publishRegions(stores, record);
  if (published.kind === "outdated") throw outdated(published, record);
  if (published.stores.every(({ outcome }) => outcome !== "taken"))
    throw new Problem("region-unavailable", "No region's Redis took it; try again.");
  await edge.regionsPoll.look(edge.stores.size);
  const body: PublishRegionsReply = {
    ...record,
    stores: [...published.stores],
    requestId: context.get("requestId"),
  };
  return Response.json(body, PRIVATE);
}

function versionOf(published: string | null): number | null {
  const read = published === null ? null : readRecord(published);
  return read?.kind === "record" ? read.record.version : null;
}

/** @throws Problem `invalid-request` with the place of each region that there is not */
function refuseUnknown({ served: { known } }: Edge, { regions }: RegionsRecord): void {
  const errors = regions.flatMap(({ name }, i) =>
    known.includes(name) ? [] : [{ pointer: `/regions/${i}/name`, message: "no such region" }],
  );
  if (errors.length > 0)
    throw new Problem("invalid-request", `The regions are ${known.join(", ")}.`, { errors });
}

function outdated(
  { region, version, taken }: Omit<Extract<Publishing, { kind: "outdated" }>, "kind">,
  record: RegionsRecord,
): Problem {
  const others = taken.length === 0 ? "" : ` ${taken.join(", ")} took it all the same.`;
  return new Problem(
    "regions-outdated",
    `${region} has version ${version}, and ${record.version} does not come after it.${others} Look at GET /v1/regions, and publish ${Math.max(version, record.version) + 1}.`,
  );
}

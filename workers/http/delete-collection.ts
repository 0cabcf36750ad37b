import { CollectionName } from "../../shared/contracts/collection.ts";
import {
  DeleteCollectionQuery,
  type DeleteCollectionReply,
} from "../../shared/contracts/delete-collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Edge } from "../edge.ts";
import { callPrimary } from "../routing/call-primary.ts";
import { aboutOf, admitted, envelope, type EdgeContext } from "./request.ts";
import { answerHeaders } from "./retrieve.ts";

/** DELETE /v1/collections/{name}?confirm={name} */
export async function deleteCollectionRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "admin");
  const collection = parse(CollectionName, context.req.param("name"), "the collection's name");
  const query = parse(DeleteCollectionQuery, context.req.query(), "the query parameters");
  if (query.confirm !== collection)
    throw new Problem("invalid-request", "Nothing was deleted: confirm names another collection.", {
      errors: [{ pointer: "/confirm", message: "the name in the path, once more" }],
    });
  const about = aboutOf(caller, collection);
  const { router, primaries } = edge;
  const result = await callPrimary(router, primaries, about, LIMITS.deadlineMsMax, (leftMs) => ({
    op: "delete-collection",
    ...envelope(edge, context, caller, leftMs),
    collection,
  }));
  if (result.kind !== "collection-deleted")
    throw new Error(`the primary answered a deletion with ${result.kind}`);
  primaries.forget(about);
  const { incarnation, point, regions, snapshots } = result;
  const requestId = context.get("requestId");
  const body: DeleteCollectionReply = { collection, incarnation, regions, snapshots, requestId };
  return Response.json(body, { headers: answerHeaders(incarnation, point) });
}

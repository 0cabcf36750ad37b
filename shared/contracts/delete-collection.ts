import { z } from "zod";
import { CollectionName } from "./collection.ts";

/** Query parameters of DELETE /v1/collections/{name}. */
export const DeleteCollectionQuery = z
  .strictObject({
    confirm: CollectionName.describe("The collection's name once more: what is deleted is gone"),
  })
  .meta({ id: "DeleteCollectionQuery" });

export const DeleteCollectionReply = z
  .strictObject({
    collection: CollectionName,
    incarnation: z.string(),
    regions: z
      .array(z.string())
      .describe("That show it no more; the others follow as soon as they hear of it"),
    snapshots: z
      .int()
      .min(0)
      .describe("That somebody asked for: they stay, and can be restored; GET /v1/snapshots"),
    requestId: z.string(),
  })
  .meta({ id: "DeleteCollectionReply" });
export type DeleteCollectionReply = z.output<typeof DeleteCollectionReply>;

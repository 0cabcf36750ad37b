import { z } from "zod";
import { CollectionName } from "./collection.ts";

/** Another name of a collection, as callers see it. */
export const AliasView = z
  .strictObject({
    alias: CollectionName,
    collection: CollectionName,
    version: z.int().min(1).describe("Rises with every change of any alias"),
  })
  .meta({ id: "Alias" });
export type AliasView = z.output<typeof AliasView>;
export const Aliases = z.array(AliasView);

/** PUT /v1/aliases/{alias} */
export const PutAliasRequest = z
  .strictObject({ collection: CollectionName.describe("That the alias names from then on") })
  .meta({ id: "PutAliasRequest" });

export const AliasReply = z
  .strictObject({ ...AliasView.shape, requestId: z.string() })
  .meta({ id: "AliasReply" });
export type AliasReply = z.output<typeof AliasReply>;

export const AliasesReply = z
  .strictObject({ aliases: Aliases, region: z.string(), requestId: z.string() })
  .meta({ id: "AliasesReply" });
export type AliasesReply = z.output<typeof AliasesReply>;

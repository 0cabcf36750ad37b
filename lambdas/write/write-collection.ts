import type { Caller } from "../../shared/contracts/caller.ts";
import type { WriteEvent, WriteResult } from "../../shared/contracts/write-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { asPrimary } from "./as-primary.ts";
import { changeSpaces } from "./change-spaces.ts";
import { deleteFound } from "./delete-found.ts";
import { patchDocument } from "./patch-document.ts";
import { reshardCollection } from "./reshard-collection.ts";
import { deleteDocuments, putDocuments, type WriteDeps } from "./write.ts";

/** What only the primary of a collection may do. */
export type CollectionWrite = Extract<
  WriteEvent,
  { op: "put" | "delete" | "delete-found" | "patch" | "reshard" | "change-spaces" }
>;

/** Writes to a collection, or tells which region may. */
export function writeCollection(
  deps: WriteDeps,
  caller: Caller,
  event: CollectionWrite,
  signal: AbortSignal,
): Promise<WriteResult> {
  return asPrimary(deps, caller.tenant, event.collection, signal, async () => {
    switch (event.op) {
      case "put":
        return putDocuments(deps, caller, event, signal);
      case "delete":
        return deleteDocuments(deps, caller, event, signal);
      case "delete-found":
        return deleteFound(deps, caller, event, signal);
      case "patch":
        return patchDocument(deps, caller, event, signal);
      case "reshard":
        return reshardCollection(deps, caller, event, signal);
      case "change-spaces":
        return changeSpaces(deps, caller, event, signal);
      default:
        return unreachable(event);
    }
  });
}

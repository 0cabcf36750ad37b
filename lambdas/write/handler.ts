import { WriteEvent, type WriteResult } from "../../shared/contracts/write-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { composeWrite } from "../compose.ts";
import { settle } from "../door/settle.ts";
import { askForRestore, askForSnapshot } from "../snapshot/ask-for-job.ts";
import { deleteSnapshot } from "../snapshot/delete-snapshot.ts";
import { changeSpaces } from "./change-spaces.ts";
import { createCollection } from "./create-collection.ts";
import { deleteFound } from "./delete-found.ts";
import { patchDocument } from "./patch-document.ts";
import { reshardCollection } from "./reshard-collection.ts";
import { deleteDocuments, putDocuments } from "./write.ts";

const composed = composeWrite();

/** Lambda entry of every write. */
export async function handler(payload: unknown): Promise<WriteResult> {
  const event = WriteEvent.parse(payload);
  const deps = await composed;
  return settle(
    event.deadlineMs,
    () => performance.now(),
    async (signal): Promise<WriteResult> => {
      switch (event.op) {
        case "create":
          return createCollection(
            deps,
            deps.admit(event.context, "admin"),
            event.definition,
            signal,
          );
        case "put":
          return putDocuments(deps, deps.admit(event.context, "write"), event, signal);
        case "delete":
          return deleteDocuments(deps, deps.admit(event.context, "write"), event, signal);
        case "delete-found":
          return deleteFound(deps, deps.admit(event.context, "write"), event, signal);
        case "patch":
          return patchDocument(deps, deps.admit(event.context, "write"), event, signal);
        case "reshard":
          return reshardCollection(deps, deps.admit(event.context, "admin"), event, signal);
        case "change-spaces":
          return changeSpaces(deps, deps.admit(event.context, "admin"), event, signal);
        case "snapshot":
          return askForSnapshot(deps, deps.admit(event.context, "admin"), event, signal);
        case "restore":
          return askForRestore(deps, deps.admit(event.context, "admin"), event, signal);
        case "delete-snapshot": {
          const caller = deps.admit(event.context, "admin");
          return deleteSnapshot(deps, caller, event.snapshot, signal);
        }
        default:
          return unreachable(event);
      }
    },
  );
}

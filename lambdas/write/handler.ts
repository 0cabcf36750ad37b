import type { Caller } from "../../shared/contracts/caller.ts";
import { WriteEvent, type WriteResult } from "../../shared/contracts/write-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { composeWrite } from "../compose.ts";
import { settle } from "../door/settle.ts";
import { promoteCollection } from "../promote/promote-collection.ts";
import { asPrimary } from "./as-primary.ts";
import { askForRestore, askForSnapshot } from "../snapshot/ask-for-job.ts";
import { deleteSnapshot } from "../snapshot/delete-snapshot.ts";
import { changeSpaces } from "./change-spaces.ts";
import { createCollection } from "./create-collection.ts";
import { deleteFound } from "./delete-found.ts";
import { patchDocument } from "./patch-document.ts";
import { reshardCollection } from "./reshard-collection.ts";
import { deleteDocuments, putDocuments } from "./write.ts";

const composed = composeWrite();
type Deps = Awaited<typeof composed>;

/** Lambda entry of every write. */
export async function handler(payload: unknown): Promise<WriteResult> {
  const event = WriteEvent.parse(payload);
  const deps = await composed;
  const now = () => performance.now();
  return settle(event.deadlineMs, now, async (signal): Promise<WriteResult> => {
    const caller = deps.admit(event.context, SCOPES[event.op]);
    // Whoever promotes needs it most of all where there is too much to do.
    if (event.op === "promote") return promoteCollection(deps, caller, event, signal);
    return deps.writeAdmission.run(event.deadlineMs, () => write(deps, caller, event, signal));
  });
}

async function write(
  deps: Deps,
  caller: Caller,
  event: Exclude<WriteEvent, { op: "promote" }>,
  signal: AbortSignal,
): Promise<WriteResult> {
  // What any region may do.
  if (event.op === "create") return createCollection(deps, caller, event.definition, signal);
  if (event.op === "snapshot") return askForSnapshot(deps, caller, event, signal);
  if (event.op === "restore") return askForRestore(deps, caller, event, signal);
  if (event.op === "delete-snapshot") return deleteSnapshot(deps, caller, event.snapshot, signal);
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

const SCOPES = {
  create: "admin",
  promote: "admin",
  snapshot: "admin",
  restore: "admin",
  "delete-snapshot": "admin",
  reshard: "admin",
  "change-spaces": "admin",
  put: "write",
  delete: "write",
  "delete-found": "write",
  patch: "write",
} as const;

import type { Caller } from "../../shared/contracts/caller.ts";
import { WriteEvent, type WriteResult } from "../../shared/contracts/write-event.ts";
import { composeWrite } from "../compose.ts";
import { settle } from "../door/settle.ts";
import { promoteCollection } from "../promote/promote-collection.ts";
import { askForRestore, askForSnapshot } from "../snapshot/ask-for-job.ts";
import { deleteSnapshot } from "../snapshot/delete-snapshot.ts";
import { deleteAlias, putAlias } from "./change-alias.ts";
import { createCollection } from "./create-collection.ts";
import { deleteCollection } from "./delete-collection.ts";
import { writeCollection } from "./write-collection.ts";

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
  switch (event.op) {
    case "create":
      return createCollection(deps, caller, event.definition, signal);
    case "put-alias":
      return putAlias(deps, caller, event, signal);
    case "delete-alias":
      return deleteAlias(deps, caller, event, signal);
    case "delete-collection":
      return deleteCollection(deps, caller, event, signal);
    case "snapshot":
      return askForSnapshot(deps, caller, event, signal);
    case "restore":
      return askForRestore(deps, caller, event, signal);
    case "delete-snapshot":
      return deleteSnapshot(deps, caller, event.snapshot, signal);
    default:
      return writeCollection(deps, caller, event, signal);
  }
}

const SCOPES = {
  create: "admin",
  promote: "admin",
  snapshot: "admin",
  restore: "admin",
  "delete-snapshot": "admin",
  reshard: "admin",
  "change-spaces": "admin",
  "delete-collection": "admin",
  "put-alias": "admin",
  "delete-alias": "admin",
  put: "write",
  delete: "write",
  "delete-found": "write",
  patch: "write",
} as const;

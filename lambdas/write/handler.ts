import { WriteEvent, type WriteResult } from "../../shared/contracts/write-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import { composeWrite } from "../compose.ts";
import { settle } from "../door/settle.ts";
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
  return settle(
    event.deadlineMs,
    () => performance.now(),
    async (signal): Promise<WriteResult> =>
      deps.writeAdmission.run(event.deadlineMs, () => write(deps, event, signal)),
  );
}

async function write(deps: Deps, event: WriteEvent, signal: AbortSignal): Promise<WriteResult> {
  switch (event.op) {
    case "create":
      return createCollection(deps, deps.admit(event.context, "admin"), event.definition, signal);
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
    default:
      return unreachable(event);
  }
}

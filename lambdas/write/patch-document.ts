import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Metadata, type WaitFor } from "../../shared/contracts/document.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson, type Json } from "../../shared/std/canonical-json.ts";
import { mergePatch } from "../../shared/std/merge-patch.ts";
import { readDocument, type StoredDocument } from "../document/stored-document.ts";
import { writtenAgain } from "../document/written-again.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { fetchDocuments } from "../search/hydrate.ts";
import { acknowledge, append } from "./append.ts";
import { primaryRecord } from "./as-primary.ts";
import { appendOf } from "./keyed.ts";
import { metadataErrors } from "./prepare.ts";
import { underSchema } from "./under-schema.ts";
import { idempotencyScope, type WriteDeps } from "./write.ts";

type PatchEvent = Extract<z.output<typeof WriteEvent>, { op: "patch" }>;

/** Of a document that others write to at the same time. */
const TRIES_MAX = 8;

/**
 * Changes a document's metadata, and nothing else of it: the document is read here and written whole, for the position that it was
 * read at; where another write was first it is read again.
 *
 * @throws Problem `not-found`, `position-mismatch` where the caller named a position, `invalid-request`
 */
export async function patchDocument(
  deps: WriteDeps,
  caller: Caller,
  event: PatchEvent,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const record = await primaryRecord(deps, caller.tenant, event.collection, signal);
  const scope = idempotencyScope(record, caller, event.idempotencyKey);
  const { id, patch, ifPosition, waitFor } = event;
  const digest = sha256Hex(canonicalJson({ op: "patch", id, patch: patch as Json, ifPosition }));
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const written = await underSchema(deps, record, signal, async () => {
      const key = `${scope}#${tries}`;
      const held = await deps.applier.catchUp(record, null, signal);
      // Before the document is looked at, which may have changed since.
      const repeated = await takenBefore(deps, record, held, { key, digest, id, waitFor }, signal);
      if (repeated !== null) return repeated;
      const document = await readAt(deps, held, id, signal);
      if (ifPosition !== undefined && ifPosition !== document.position) throw elsewhere();
      const entry = patched(held, document, patch, caller.keyId);
      const asked = { entries: [entry], ids: [id], scope: key, digest, waitFor };
      return append(deps, record, held, asked, signal);
    });
    if (written.refused.length === 0 || ifPosition !== undefined) return written;
  }
  throw new Problem(
    "position-mismatch",
    "Others keep writing to this document; nothing was changed. Try again.",
  );
}

/** What a request of that key wrote before; null where there was none. */
async function takenBefore(
  deps: WriteDeps,
  record: CollectionRecord,
  { collection }: Holding,
  { key, digest, id, waitFor }: { key: string; digest: string; id: string; waitFor: WaitFor },
  signal: AbortSignal,
): Promise<WrittenResult | null> {
  const taken = await deps.log.taken(collection, appendOf({ scope: key, digest }, 0), signal);
  if (taken === null) return null;
  if (taken.kind === "idempotency-mismatch")
    throw new Problem(taken.kind, "Use a new Idempotency-Key for a new request.");
  const { point } = taken;
  const conditional = [{ number: 0, position: point.position }];
  const logged = { point, conditional, ids: [id], waitFor, repeated: true };
  return acknowledge(deps, record, logged, signal);
}

async function readAt(
  { store, placements }: WriteDeps,
  { collection, map, layout, checkpoint }: Holding,
  id: string,
  signal: AbortSignal,
): Promise<StoredDocument> {
  const view = await store.openView(layout, checkpoint, signal);
  const placement = placements.placement(collection, map);
  const rows = await fetchDocuments({ placement, view }, [id], { vectors: true }, signal);
  const of = rows.get(id);
  if (of === undefined) throw new Problem("not-found", "There is no document of that id.");
  const document = readDocument(id, of);
  if (document !== null) return document;
  throw new Problem("overloaded", "The document is being written; nothing was changed. Try again.");
}

function patched(
  { collection }: Holding,
  document: StoredDocument,
  patch: PatchEvent["patch"],
  createdBy: string,
): LogEntry {
  const before = document.rows[0]?.body.metadata ?? {};
  const merged = mergePatch(before, patch);
  const metadata = parse(Metadata, merged, "the metadata, as it would be then");
  const errors = metadataErrors(collection, { metadata }, "");
  if (errors.length > 0)
    throw new Problem("invalid-request", "Mend the patch; nothing was changed.", { errors });
  return { ...writtenAgain(document, createdBy), metadata };
}

function elsewhere(): Problem {
  return new Problem(
    "position-mismatch",
    "Read the document, and patch it for the position that it has now.",
    { errors: [{ pointer: "/ifPosition", message: "the document is at another position" }] },
  );
}

import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Placements } from "../catalog/placements.ts";
import type { VectorStore } from "../ports/store.ts";
import { append, type AppendDeps } from "./append.ts";
import { primaryRecord, type PrimaryDeps } from "./as-primary.ts";
import { embedDocuments, type EmbedDocumentsDeps } from "./embed-documents.ts";
import { prepareDocuments } from "./prepare.ts";
import { requireRoomOrTaken } from "./require-room.ts";
import { underSchema } from "./under-schema.ts";

export interface WriteDeps extends EmbedDocumentsDeps, AppendDeps, PrimaryDeps {
  readonly placements: Placements;
  readonly store: VectorStore;
}

type PutEvent = Extract<z.output<typeof WriteEvent>, { op: "put" }>;
type DeleteEvent = Extract<z.output<typeof WriteEvent>, { op: "delete" }>;

/** Writes documents: check, embed, append (from here on it is durable), apply, acknowledge. */
export async function putDocuments(
  deps: WriteDeps,
  caller: Caller,
  event: PutEvent,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const record = await primaryRecord(deps, caller.tenant, event.collection, signal);
  const scope = idempotencyScope(record, caller, event.idempotencyKey);
  const ids = event.documents.map(
    (document, index) => document.id ?? sha256Hex(`${scope}#${index}`).slice(0, 24),
  );
  const digest = sha256Hex(canonicalJson({ op: "put", documents: event.documents }));
  await requireRoomOrTaken(deps, record, { scope, digest }, signal); // Before anything is embedded, or kept beside the log.
  return underSchema(deps, record, signal, async (held) => {
    const prepared = prepareDocuments(held.collection, event.documents, ids);
    const entries = await embedDocuments(deps, held.collection, prepared, caller.keyId, signal);
    const asked = { entries, ids, scope, digest, waitFor: event.waitFor };
    return append(deps, record, held, asked, signal);
  });
}

/** Deletes documents by id; an id that does not exist is deleted all the same. */
export async function deleteDocuments(
  deps: WriteDeps,
  caller: Caller,
  event: DeleteEvent,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const record = await primaryRecord(deps, caller.tenant, event.collection, signal);
  const scope = idempotencyScope(record, caller, event.idempotencyKey);
  const entries = event.ids.map((id): LogEntry => ({
    v: 1,
    kind: "delete",
    id,
    createdBy: caller.keyId,
  }));
  const digest = sha256Hex(canonicalJson({ op: "delete", ids: event.ids }));
  const asked = { entries, ids: event.ids, scope, digest, waitFor: event.waitFor };
  return underSchema(deps, record, signal, (held) => append(deps, record, held, asked, signal));
}

/** Scope: tenant + collection + caller, so that one caller's keys can't meet another's. */
export function idempotencyScope(record: CollectionRecord, caller: Caller, key: string): string {
  return sha256Hex(canonicalJson([record.tenant, record.incarnation, caller.keyId, key]));
}

import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { WriteEvent, WrittenResult } from "../../shared/contracts/write-event.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { Bell } from "../ports/bell.ts";
import type { VectorStore } from "../ports/store.ts";
import type { AppendOutcome, WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import { chunkEntries } from "./chunks.ts";
import { embedDocuments, type EmbedDocumentsDeps } from "./embed-documents.ts";
import { prepareDocuments } from "./prepare.ts";
import { StaleSchema, underSchema } from "./under-schema.ts";

export interface WriteDeps extends EmbedDocumentsDeps {
  readonly region: string;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly log: WriteLog;
  readonly applier: Applier;
  readonly store: VectorStore;
  readonly bell: Bell;
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
  return underSchema(deps, record, signal, async (held) => {
    const prepared = prepareDocuments(held.record, event.documents, ids);
    const entries = await embedDocuments(deps, held.record, prepared, caller.keyId, signal);
    return append(deps, held, { entries, ids, scope, digest, waitFor: event.waitFor }, signal);
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
  return underSchema(deps, record, signal, (held) => append(deps, held, asked, signal));
}

interface Append {
  readonly entries: readonly LogEntry[];
  readonly ids: readonly string[];
  readonly scope: string;
  readonly digest: string;
  readonly waitFor: "log" | "primary";
}

async function append(
  deps: WriteDeps,
  { record, checkpoint }: Held,
  asked: Append,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const { log, applier, bell, region } = deps;
  const chunks = chunkEntries(asked.entries.map((entry) => JSON.stringify(entry)));
  let last: Extract<AppendOutcome, { kind: "appended" | "repeated" }> | null = null;
  let anyNew = false;
  for (const [i, entries] of chunks.entries()) {
    const request = {
      idempotencyScope: `${asked.scope}:${i}`,
      requestDigest: asked.digest,
      held: checkpoint?.point ?? null,
      entries,
    };
    const outcome = await log.append(record, request, signal).catch((cause: unknown) => {
      // The request may have reached the log, so this is no failure: only repeating it with the same key tells.
      throw new Problem(
        "outcome-unknown",
        "Repeat the request with the same Idempotency-Key to learn its outcome.",
        { cause },
      );
    });
    last = accepted(outcome);
    anyNew ||= last.kind === "appended";
  }
  if (last === null) throw new Problem("invalid-request", "There is nothing to write.");
  const { point } = last;
  bell.ring({
    op: "ring",
    incarnation: record.incarnation,
    tenant: record.tenant,
    name: record.name,
    point,
  });
  const applied = await applyHere(applier, record, point.position, asked.waitFor, signal);
  return {
    kind: "written",
    region,
    incarnation: record.incarnation,
    point,
    ids: [...asked.ids],
    applied,
    repeated: !anyNew,
  };
}

/** Whether the write can be read in this region before the deadline; it is durable either way. */
async function applyHere(
  applier: Applier,
  record: CollectionRecord,
  position: number,
  waitFor: "log" | "primary",
  signal: AbortSignal,
): Promise<boolean> {
  const applying = applier.catchUp(record, position, signal).then(
    ({ checkpoint }) => checkpoint.point.position >= position,
    () => false, // Not an error: the caller is told that the write is durable but not applied, and the sweep applies it.
  );
  return waitFor === "primary" ? applying : false;
}

function accepted(
  outcome: AppendOutcome,
): Extract<AppendOutcome, { kind: "appended" | "repeated" }> {
  switch (outcome.kind) {
    case "appended":
    case "repeated":
      return outcome;
    case "idempotency-mismatch":
      throw new Problem("idempotency-mismatch", "Use a new Idempotency-Key for a new request.");
    case "unknown-collection":
      throw new Problem("not-found", "The log holds no such collection.");
    case "stale-schema":
      throw new StaleSchema("the log is at another schema version");
    case "stale-term":
      throw new Problem(
        "primary-unavailable",
        "This region's view of the collection is out of date; try again.",
      );
    case "log-restarted":
      throw new Problem(
        "log-unavailable",
        "The log's head and its entries disagree: it needs an operator.",
      );
  }
}

/** Scope: tenant + collection + caller, so that one caller's keys can't meet another's. */
function idempotencyScope(record: CollectionRecord, caller: Caller, key: string): string {
  return sha256Hex(canonicalJson([record.tenant, record.incarnation, caller.keyId, key]));
}

/** @throws Problem `not-found`, or `primary-unavailable` where another region is the primary */
export async function primaryRecord(
  deps: Pick<WriteDeps, "catalog" | "region">,
  tenant: string,
  name: string,
  signal: AbortSignal,
): Promise<CollectionRecord> {
  const record = await deps.catalog.get(tenant, name, signal);
  if (record.primary === deps.region) return record;
  throw new Problem(
    "primary-unavailable",
    `${record.primary} accepts this collection's writes, ${deps.region} does not.`,
  );
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { WaitFor } from "../../shared/contracts/document.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { required } from "../../shared/std/assert.ts";
import type { WrittenResult } from "../../shared/contracts/write-event.ts";
import type { Held } from "../catalog/placements.ts";
import type { Bell } from "../ports/bell.ts";
import type { AppendOutcome, WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { verdictOn } from "../replicate/verdicts.ts";
import { chunkEntries } from "./chunks.ts";
import { StaleSchema } from "./under-schema.ts";
import { regionsWanted, waitForRegions } from "./wait-for-regions.ts";

export interface AppendDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly applier: Applier;
  readonly bell: Bell;
}

export interface Append {
  readonly entries: readonly LogEntry[];
  readonly ids: readonly string[];
  readonly scope: string;
  readonly digest: string;
  readonly waitFor: WaitFor;
}

/**
 * Appends entries to the log (from here on they are durable), rings the other regions, and applies here.
 * @throws Problem, and StaleSchema where the collection has other spaces by now
 */
export async function append(
  { region, log, applier, bell }: AppendDeps,
  { record, checkpoint }: Held,
  asked: Append,
  signal: AbortSignal,
): Promise<WrittenResult> {
  regionsWanted(bell, asked.waitFor); // Refused before anything is written.
  const positions: number[] = [];
  let last: Extract<AppendOutcome, { kind: "appended" | "repeated" }> | null = null;
  let anyNew = false;
  const chunks = chunkEntries(asked.entries.map((entry) => JSON.stringify(entry)));
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
    const end = last.point.position;
    positions.push(...entries.map((_, at) => end - entries.length + 1 + at));
    anyNew ||= last.kind === "appended";
  }
  if (last === null) throw new Problem("invalid-request", "There is nothing to write.");
  const { point } = last;
  const { incarnation, tenant, name } = record;
  const ring = { op: "ring" as const, incarnation, tenant, name, point };
  const waiting = waitForRegions(bell, ring, asked.waitFor, signal);
  const held = await applyHere(applier, record, point.position, asked.waitFor, signal);
  const applied = held !== null;
  const regions = [...(applied ? [region] : []), ...(await waiting.applied())];
  return {
    kind: "written",
    region,
    incarnation,
    point,
    ids: [...asked.ids],
    applied: applied && regions.length >= waiting.wanted,
    regions,
    repeated: !anyNew,
    // Not applied yet: who repeats the request learns it.
    refused: held === null ? [] : refusedBy(held, asked.entries, positions),
  };
}

/** What the region holds once the write can be read in it; null where that is not waited for or does not come in time: it is durable either way. */
async function applyHere(
  applier: Applier,
  record: CollectionRecord,
  position: number,
  waitFor: WaitFor,
  signal: AbortSignal,
): Promise<Holding | null> {
  const applying = applier.catchUp(record, position, signal).then(
    (held) => (held.checkpoint.point.position >= position ? held : null),
    () => null, // Not an error: the caller is told that the write is durable but not applied, and the sweep applies it.
  );
  return waitFor === "log" ? null : applying;
}

/** @throws Problem `outcome-unknown` where it is long ago that they were applied */
function refusedBy(
  { checkpoint }: Holding,
  entries: readonly LogEntry[],
  positions: readonly number[],
): number[] {
  const refused: number[] = [];
  for (const [i, entry] of entries.entries()) {
    if (entry.kind !== "put" || entry.ifPosition === undefined) continue;
    const verdict = verdictOn(checkpoint, required(positions[i], "a position an entry"));
    if (verdict === null)
      throw new Problem(
        "outcome-unknown",
        "This was written long ago, and whether it counted is forgotten: read the document.",
      );
    if (!verdict) refused.push(i);
  }
  return refused;
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

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { WaitFor } from "../../shared/contracts/document.ts";
import { lineOf } from "../../shared/contracts/checkpoint.ts";
import { covers } from "../../shared/domain/line.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { required } from "../../shared/std/assert.ts";
import type { WrittenResult } from "../../shared/contracts/write-event.ts";
import type { Held } from "../catalog/placements.ts";
import type { Bell } from "../ports/bell.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { Taken, WriteLog } from "../ports/write-log.ts";
import type { Applier } from "../replicate/applier.ts";
import type { Holding } from "../replicate/apply-line.ts";
import { verdictOn } from "../replicate/verdicts.ts";
import { accepted } from "./accepted.ts";
import { chunkOf, requireFitting } from "./chunks.ts";
import { requireRoom } from "./require-room.ts";
import { regionsWanted, waitForRegions } from "./wait-for-regions.ts";

export interface AppendDeps {
  readonly region: string;
  readonly log: WriteLog;
  readonly applier: Applier;
  readonly bell: Bell;
  readonly room: StoreRoom;
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
  { region, log, applier, bell, room }: AppendDeps,
  record: CollectionRecord,
  { collection, checkpoint }: Held,
  asked: Append,
  signal: AbortSignal,
): Promise<WrittenResult> {
  regionsWanted(bell, asked.waitFor); // Refused before anything is written.
  const texts = asked.entries.map((entry) => JSON.stringify(entry));
  requireFitting(texts);
  await requireRoom(room);
  const positions: number[] = [];
  let last: Taken | null = null;
  let anyNew = false;
  while (positions.length < texts.length) {
    const start = positions.length;
    const request = {
      idempotencyScope: `${asked.scope}:${start}`,
      requestDigest: asked.digest,
      held: checkpoint?.point ?? null,
      entries: chunkOf(texts, start),
    };
    const outcome = await log.append(collection, request, signal).catch((cause: unknown) => {
      // The request may have reached the log, so this is no failure: only repeating it with the same key tells.
      throw new Problem(
        "outcome-unknown",
        "Repeat the request with the same Idempotency-Key to learn its outcome.",
        { cause },
      );
    });
    last = accepted(outcome);
    for (let at = last.count - 1; at >= 0; at--) positions.push(last.point.position - at);
    anyNew ||= last.kind === "appended";
  }
  if (last === null) throw new Problem("invalid-request", "There is nothing to write.");
  const conditional = asked.entries.flatMap((entry, number) =>
    entry.kind === "put" && entry.ifPosition !== undefined
      ? [{ number, position: required(positions[number], "a position an entry") }]
      : [],
  );
  const { ids, waitFor } = asked;
  const logged = { point: last.point, conditional, ids, waitFor, repeated: !anyNew };
  return acknowledge({ region, applier, bell }, record, logged, signal);
}

/** Entries that the log holds, and what their writer wants to know of them. */
export interface Logged {
  /** Of the last entry. */
  readonly point: Point;
  /** Those that count only for a position of their document, with their numbers in the request. */
  readonly conditional: readonly { readonly number: number; readonly position: number }[];
  readonly ids: readonly string[];
  readonly waitFor: WaitFor;
  readonly repeated: boolean;
}

/** Rings the other regions, applies here, and tells what became of the entries. @throws Problem `outcome-unknown` */
export async function acknowledge(
  { region, applier, bell }: Pick<AppendDeps, "region" | "applier" | "bell">,
  record: CollectionRecord,
  { point, conditional, ids, waitFor, repeated }: Logged,
  signal: AbortSignal,
): Promise<WrittenResult> {
  const { incarnation, tenant, name } = record;
  const ring = { op: "ring" as const, incarnation, tenant, name, point };
  const waiting = waitForRegions(bell, ring, waitFor, signal);
  // What counts only for a position of its document is no write until it is known to count: that is waited for in any case.
  const conditions = conditional.length > 0;
  const waits = waitFor !== "log" || conditions;
  const held = await applyHere(applier, record, point, waits, signal);
  if (held === null && conditions)
    throw new Problem(
      "outcome-unknown",
      "It is in the log, but not yet known to count: repeat the request with the same Idempotency-Key.",
    );
  const applied = held !== null;
  const regions = [...(applied ? [region] : []), ...(await waiting.applied())];
  return {
    kind: "written",
    region,
    incarnation,
    point,
    ids: [...ids],
    applied: applied && regions.length >= waiting.wanted,
    regions,
    repeated,
    refused: held === null ? [] : refusedBy(held, conditional),
  };
}

/** What the region holds once the write can be read in it; null where that is not waited for or does not come in time: it is durable either way. */
async function applyHere(
  applier: Applier,
  record: CollectionRecord,
  point: Point,
  waits: boolean,
  signal: AbortSignal,
): Promise<Holding | null> {
  const applying = applier.catchUp(record, point.position, signal).then(
    (held) => (covers(lineOf(held.checkpoint), point) ? held : null),
    () => null, // Not an error: the caller is told that the write is durable but not applied, and the sweep applies it.
  );
  return waits ? applying : null;
}

/** @throws Problem `outcome-unknown` where it is long ago that they were applied */
function refusedBy({ checkpoint }: Holding, conditional: Logged["conditional"]): number[] {
  return conditional.flatMap(({ number, position }) => {
    const verdict = verdictOn(checkpoint, position);
    if (verdict === null)
      throw new Problem(
        "outcome-unknown",
        "This was written long ago, and whether it counted is forgotten: read the document.",
      );
    return verdict ? [] : [number];
  });
}

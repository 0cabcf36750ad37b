import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotDeletedResult } from "../../shared/contracts/write-event.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Lease, Leases } from "../ports/leases.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { isOnLine } from "../resync/log-line.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";
import { incarnationOf, positionOf } from "./snapshot-names.ts";

export interface DeleteDeps {
  readonly region: string;
  readonly library: Pick<SnapshotLibrary, "list" | "remove">;
  readonly log: Pick<WriteLog, "collection" | "pull">;
  readonly upkeep: Pick<LogUpkeep, "tail">;
  /** Beside the log: whoever trims behind a snapshot, or makes one, holds the same. */
  readonly leases: Leases;
  readonly sleep: Sleep;
}

const TRY_AGAIN_MS = 100;
const TRIES = 30;

/**
 * Deletes a snapshot, unless regions may need it: a log that was trimmed can't be read from its beginning any more.
 * @throws Problem `not-found`, `snapshot-needed`
 */
export async function deleteSnapshot(
  deps: DeleteDeps,
  { tenant }: Caller,
  snapshot: string,
  signal: AbortSignal,
): Promise<z.output<typeof SnapshotDeletedResult>> {
  const lease = await acquired(deps, incarnationOf(snapshot), signal);
  return holdLease(lease, deps.sleep, signal, async (ours) => {
    await requireUnneeded(deps, tenant, snapshot, ours);
    await deps.library.remove(tenant, snapshot, ours);
    return { kind: "snapshot-deleted", region: deps.region };
  });
}

/** Of the collection's snapshots: a log is not trimmed behind one that is about to go. */
async function acquired(
  { leases, sleep }: DeleteDeps,
  incarnation: string,
  signal: AbortSignal,
): Promise<Lease> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(TRY_AGAIN_MS, signal);
    const lease = await leases.acquire(`${incarnation}/snapshots`, 0, signal);
    if (lease !== null) return lease;
  }
  throw new Problem(
    "snapshot-needed",
    "A snapshot of the collection is being made or read back: try again in a while.",
  );
}

async function requireUnneeded(
  { library, log, upkeep }: DeleteDeps,
  tenant: string,
  snapshot: string,
  signal: AbortSignal,
): Promise<void> {
  const incarnation = incarnationOf(snapshot);
  const listed = await library.list(tenant, incarnation, signal, () => undefined);
  const found = listed.find(({ manifest: { id } }) => id === snapshot);
  if (found === undefined)
    throw new Problem("not-found", "There is no such snapshot; GET /v1/snapshots lists yours.");
  const record = await log.collection(tenant, found.manifest.record.name, signal);
  if (record?.incarnation !== incarnation) return;
  const { start } = await upkeep.tail(incarnation, signal);
  if (start === 1) return;
  const others = listed.filter(
    ({ verified, manifest: { id } }) => verified && id !== snapshot && positionOf(id) >= start - 1,
  );
  // One of a tail that a promotion has lost leads nowhere.
  for (const { manifest } of others) {
    const { collection } = laidOut(record, manifest.map);
    if (await isOnLine(log, collection, manifest.state.point, signal)) return;
  }
  throw new Problem(
    "snapshot-needed",
    "Regions may have to begin from it: ask for a newer one first.",
  );
}

import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotJob, SnapshotJobView } from "../../shared/contracts/snapshot.ts";
import type { JobResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { Clock } from "../../shared/std/clock.ts";
import { randomName, type Random } from "../../shared/std/random.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { newJob } from "./new-job.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";
import { positionOf } from "./snapshot-names.ts";

export interface AskDeps {
  readonly region: string;
  readonly catalog: Catalog;
  readonly log: WriteLog;
  readonly jobs: SnapshotJobs;
  readonly library: SnapshotLibrary;
  readonly clock: Clock;
  readonly random: Random;
}

type Asked<Op extends WriteEvent["op"]> = Extract<z.output<typeof WriteEvent>, { op: Op }>;
type Taken = z.output<typeof JobResult>;

const ID_CHARS = 12;

/** Has a snapshot made that reflects every write acknowledged before this call. @throws Problem `not-found`, `limit-exceeded` */
export async function askForSnapshot(
  deps: AskDeps,
  caller: Caller,
  { collection }: Asked<"snapshot">,
  signal: AbortSignal,
): Promise<Taken> {
  const { catalog, log, library } = deps;
  const record = await catalog.refreshed(caller.tenant, collection, true, signal);
  const { incarnation } = record;
  const listed = await library.list(caller.tenant, incarnation, signal, () => undefined);
  const asked = listed.filter(({ manifest }) => manifest.kind === "asked");
  if (asked.length >= LIMITS.snapshotsAskedMax)
    throw new Problem(
      "limit-exceeded",
      `A collection has at most ${LIMITS.snapshotsAskedMax} snapshots that were asked for.`,
    );
  const { head } = await log.confirm(record, signal);
  const about = { collection, incarnation, atLeast: head.position, forResync: false };
  return taken(deps, caller, { kind: "snapshot", ...about }, signal);
}

/** @throws Problem `not-found`, `already-exists`, `invalid-request` where the position is before the snapshot */
export async function askForRestore(
  deps: AskDeps,
  caller: Caller,
  { request: { snapshot, into, at } }: Asked<"restore">,
  signal: AbortSignal,
): Promise<Taken> {
  const { library, log } = deps;
  // A damaged manifest is no reason to refuse: an older snapshot may stand in.
  const manifest = await library
    .manifest(caller.tenant, snapshot, signal)
    .catch((error: unknown) => {
      if (error instanceof SnapshotDamaged) return error;
      throw error;
    });
  if (manifest === null)
    throw new Problem("not-found", "There is no such snapshot; GET /v1/snapshots lists yours.");
  if (at !== undefined && at < positionOf(snapshot))
    throw new Problem("invalid-request", "Take an older snapshot for an earlier position.", {
      errors: [{ pointer: "/at", message: `the snapshot is of position ${positionOf(snapshot)}` }],
    });
  if ((await log.collection(caller.tenant, into, signal)) !== null)
    throw new Problem(
      "already-exists",
      `There is a collection named ${into}: name one that is free.`,
    );
  return taken(deps, caller, { kind: "restore", snapshot, into, at: at ?? null }, signal);
}

async function taken(
  { region, jobs, clock, random }: AskDeps,
  { tenant }: Caller,
  work: SnapshotJob["work"],
  signal: AbortSignal,
): Promise<Taken> {
  const id = `${work.kind}-${randomName(ID_CHARS, random)}`;
  const job = newJob({ id, tenant, region, work }, clock.wallMs());
  return { kind: "job", region, job: jobView(await jobs.add(job, signal)) };
}

export function jobView({ tenant: _, changedMs: __, ...shown }: SnapshotJob): SnapshotJobView {
  return shown;
}

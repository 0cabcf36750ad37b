import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotJob, SnapshotJobView } from "../../shared/contracts/snapshot.ts";
import type { JobResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { Clock } from "../../shared/std/clock.ts";
import { randomName, type Random } from "../../shared/std/random.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import type { VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { newJob } from "./new-job.ts";
import { requireFewAsked } from "./require-few-asked.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";
import { positionOf } from "./snapshot-names.ts";

export interface AskDeps {
  readonly region: string;
  readonly catalog: Pick<Catalog, "list" | "refreshed">;
  readonly log: Pick<WriteLog, "collection" | "confirm">;
  readonly jobs: Pick<SnapshotJobs, "add" | "all">;
  readonly library: Pick<SnapshotLibrary, "list" | "manifest" | "remove">;
  readonly store: Pick<VectorStore, "traits">;
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
  const { catalog, log, library, jobs } = deps;
  const record = await catalog.refreshed(caller.tenant, collection, true, signal);
  const { incarnation } = record;
  // Before those that are made: one that is done meanwhile counts twice rather than not at all.
  const waiting = (await jobs.all(signal)).filter((job) => isWaiting(job, incarnation));
  await requireFewAsked(library, record, waiting.length, signal);
  const { head } = await log.confirm(record, signal);
  const about = { collection, incarnation, atLeast: head.position, forResync: false };
  return taken(deps, caller, { kind: "snapshot", ...about }, signal);
}

/** @throws Problem `not-found`, `already-exists`, `limit-exceeded`, `invalid-request` where it can't be restored so, or here */
export async function askForRestore(
  deps: AskDeps,
  caller: Caller,
  { request: { snapshot, into, at } }: Asked<"restore">,
  signal: AbortSignal,
): Promise<Taken> {
  const { library, log, catalog, store } = deps;
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
  const lexical = manifest instanceof SnapshotDamaged ? null : manifest.record.lexical;
  if (lexical !== null && !store.traits.lexical)
    throw new Problem(
      "invalid-request",
      `The collection has words, and this region's store, ${store.traits.name}, has no full-text search.`,
    );
  if ((await catalog.list(caller.tenant, signal)).length >= LIMITS.collectionsPerTenantMax)
    throw new Problem(
      "limit-exceeded",
      `A tenant has at most ${LIMITS.collectionsPerTenantMax} collections.`,
    );
  if ((await log.collection(caller.tenant, into, signal)) !== null)
    throw new Problem(
      "already-exists",
      `There is a collection named ${into}: name one that is free.`,
    );
  return taken(deps, caller, { kind: "restore", snapshot, into, at: at ?? null }, signal);
}

function isWaiting({ work, state }: SnapshotJob, incarnation: string): boolean {
  if (work.kind !== "snapshot" || work.forResync || work.incarnation !== incarnation) return false;
  return state === "waiting" || state === "running";
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

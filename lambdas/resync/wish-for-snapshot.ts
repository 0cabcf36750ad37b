import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { ResyncCause } from "../ports/resync-notes.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import { newJob } from "../snapshot/new-job.ts";

export interface WishDeps {
  readonly region: string;
  readonly jobs: SnapshotJobs;
  readonly upkeep: Pick<LogUpkeep, "reports">;
  readonly clock: Clock;
  /** Hears that no region has told to be past a hole in the log: what was there is lost, and nobody skips it. */
  readonly onLostTail: (collection: string, position: number) => void;
}

/** Asks whatever region is past a position for a snapshot. @throws Problem `log-unavailable` */
export async function wishForSnapshot(
  { region, jobs, upkeep, clock, onLostTail }: WishDeps,
  { tenant, name, incarnation }: CollectionRecord,
  atLeast: number,
  cause: ResyncCause,
  signal: AbortSignal,
): Promise<void> {
  const reports = await upkeep.reports(incarnation, signal);
  if (reports.every(({ position }) => position < atLeast)) onLostTail(name, atLeast);
  const work = {
    kind: "snapshot" as const,
    collection: name,
    incarnation,
    atLeast,
    forResync: true,
    ...(cause === "content" ? { notBy: region } : {}),
  };
  const of = cause === "content" ? `${region}-` : "";
  const id = `resync-${of}${incarnation}-${atLeast}`;
  const wish = newJob({ id, tenant, region, work }, clock.wallMs());
  const { state } = await jobs.add(wish, signal);
  // What was made for an earlier wish can't be used any more.
  if (state === "done" || state === "failed") await jobs.put(wish, signal);
}

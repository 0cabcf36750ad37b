import type { SnapshotJob } from "../../shared/contracts/snapshot.ts";

/** Work that nobody has begun. @param region that took it on */
export function newJob(
  about: Pick<SnapshotJob, "id" | "tenant" | "region" | "work">,
  nowMs: number,
): SnapshotJob {
  return {
    ...about,
    askedMs: nowMs,
    state: "waiting",
    changedMs: nowMs,
    documents: 0,
    total: null,
    snapshot: null,
    damaged: [],
    position: null,
    digest: null,
    tookMs: null,
    error: null,
  };
}

import type { SnapshotJob } from "../../shared/contracts/snapshot.ts";

/**
 * Work on snapshots that is asked for, beside the log, so that whatever region can does it, and goes on after a crash. Every method
 * throws where the log can't be reached.
 */
export interface SnapshotJobs {
  /**
   * @returns the job that stands: another one where there is one of that id
   * @throws Problem `limit-exceeded` where the tenant has asked for as many that are not over; `overloaded` where everybody has
   */
  add(job: SnapshotJob, signal: AbortSignal): Promise<SnapshotJob>;
  all(signal: AbortSignal): Promise<readonly SnapshotJob[]>;
  /** Only by who holds the job's lease. */
  put(job: SnapshotJob, signal: AbortSignal): Promise<void>;
  remove(id: string, signal: AbortSignal): Promise<void>;
}

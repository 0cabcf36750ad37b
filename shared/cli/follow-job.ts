import { SingleBar } from "cli-progress";
import { setTimeout as delay } from "node:timers/promises";
import type { NearfieldOperator } from "../client/nearfield-operator.ts";
import type { SnapshotJobView } from "../contracts/snapshot.ts";
import { timeLeft } from "./time-left.ts";
import { UsageError } from "./usage-error.ts";

const LOOK_MS = 500;
const MISSED_MAX = 60;

/**
 * Shows a bar until a snapshot or a restore is done.
 * @returns the job as it ended
 * @throws UsageError with what it failed with
 */
export async function followJob(
  client: NearfieldOperator,
  job: SnapshotJobView,
): Promise<SnapshotJobView> {
  const bar = new SingleBar({
    format: " {bar} {done}{eta_formatted}",
    formatTime: timeLeft,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
    stream: process.stderr,
  });
  bar.start(1, 0, { done: "waiting" });
  let missed = 0;
  try {
    for (;;) {
      const { jobs } = await client.snapshots();
      const now = jobs.find(({ id }) => id === job.id);
      if (now === undefined) {
        // While the log is away nobody can tell.
        if (++missed > MISSED_MAX)
          throw new UsageError(`The work ${job.id} is not known any more.`);
        await delay(LOOK_MS);
        continue;
      }
      missed = 0;
      if (now.total !== null) {
        bar.setTotal(now.total);
        bar.update(now.documents, { done: `${now.documents}/${now.total} documents` });
      }
      if (now.state === "done") return now;
      if (now.state === "failed") throw new UsageError(now.error ?? "It failed.");
      await delay(LOOK_MS);
    }
  } finally {
    bar.stop();
  }
}

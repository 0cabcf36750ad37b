import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotDeletedResult } from "../../shared/contracts/write-event.ts";
import { laidOut } from "../catalog/layout.ts";
import type { LogUpkeep } from "../ports/log-upkeep.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { isOnLine } from "../resync/log-line.ts";
import type { AskDeps } from "./ask-for-job.ts";
import { incarnationOf, positionOf } from "./snapshot-names.ts";

/**
 * Deletes a snapshot, unless regions may need it: a log that was trimmed can't be read from its beginning any more.
 * @throws Problem `not-found`, `snapshot-needed`
 */
export async function deleteSnapshot(
  deps: AskDeps & {
    readonly log: Pick<WriteLog, "collection" | "pull">;
    readonly upkeep: Pick<LogUpkeep, "tail">;
  },
  { tenant }: Caller,
  snapshot: string,
  signal: AbortSignal,
): Promise<z.output<typeof SnapshotDeletedResult>> {
  const { library, log, upkeep, region } = deps;
  const incarnation = incarnationOf(snapshot);
  const listed = await library.list(tenant, incarnation, signal, () => undefined);
  const found = listed.find(({ manifest: { id } }) => id === snapshot);
  if (found === undefined)
    throw new Problem("not-found", "There is no such snapshot; GET /v1/snapshots lists yours.");
  const record = await log.collection(tenant, found.manifest.record.name, signal);
  if (record?.incarnation === incarnation) {
    const { start } = await upkeep.tail(incarnation, signal);
    const others = listed.filter(
      ({ verified, manifest: { id } }) =>
        verified && id !== snapshot && positionOf(id) >= start - 1,
    );
    const isNeeded = async () => {
      // One of a tail that a promotion has lost leads nowhere.
      for (const { manifest } of others) {
        const { collection } = laidOut(record, manifest.map);
        if (await isOnLine(log, collection, manifest.state.point, signal)) return false;
      }
      return true;
    };
    if (start > 1 && (await isNeeded()))
      throw new Problem(
        "snapshot-needed",
        "Regions may have to begin from it: ask for a newer one first.",
      );
  }
  await library.remove(tenant, snapshot, signal);
  return { kind: "snapshot-deleted", region };
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotLibrary } from "./snapshot-library.ts";

/** @param waiting those that will be made before. @throws Problem `limit-exceeded` where another one would be too many */
export async function requireFewAsked(
  library: Pick<SnapshotLibrary, "list">,
  { tenant, incarnation }: CollectionRecord,
  waiting: number,
  signal: AbortSignal,
): Promise<void> {
  const listed = await library.list(tenant, incarnation, signal, () => undefined);
  const made = listed.filter(({ manifest }) => manifest.kind === "asked").length;
  if (made + waiting >= LIMITS.snapshotsAskedMax)
    throw new Problem(
      "limit-exceeded",
      `A collection has at most ${LIMITS.snapshotsAskedMax} snapshots that were asked for; those that are waiting count.`,
    );
}

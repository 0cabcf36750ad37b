import type { z } from "zod";
import type { SnapshotsResult } from "../../shared/contracts/region-event.ts";
import type { SnapshotView } from "../../shared/contracts/snapshot.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import { jobView } from "./ask-for-job.ts";
import type { ListedSnapshot, SnapshotLibrary } from "./snapshot-library.ts";

export interface ListDeps {
  readonly region: string;
  readonly library: SnapshotLibrary;
  readonly jobs: SnapshotJobs;
}

/**
 * A tenant's snapshots, newest first, and the work on them. They are there also where the log is not, or has lost the collection.
 * @param collection null: of all
 */
export async function listSnapshots(
  { region, library, jobs }: ListDeps,
  tenant: string,
  collection: string | null,
  signal: AbortSignal,
): Promise<z.output<typeof SnapshotsResult>> {
  const listed = await library.list(tenant, null, signal, () => undefined);
  const work = await jobs.all(signal).catch(() => []); // Nothing is told of work while the log is away.
  return {
    kind: "snapshots",
    region,
    snapshots: listed
      .filter(({ manifest: { record } }) => collection === null || record.name === collection)
      .map(viewOf)
      .sort((a, b) => b.madeMs - a.madeMs),
    jobs: work
      .filter((job) => job.tenant === tenant)
      .filter(({ work: of }) => {
        if (collection === null) return true;
        return collection === (of.kind === "snapshot" ? of.collection : of.into);
      })
      .map(jobView)
      .sort((a, b) => b.askedMs - a.askedMs),
  };
}

function viewOf({ manifest, verified }: ListedSnapshot): SnapshotView {
  const { id, kind, madeMs, region, record, map, state, documents, bytes, digest, parts } =
    manifest;
  return {
    id,
    collection: record.name,
    incarnation: record.incarnation,
    kind,
    madeMs,
    region,
    point: state.point,
    schemaVersion: map.schemaVersion ?? record.schemaVersion,
    documents,
    bytes,
    parts: parts.length,
    digest,
    verified,
  };
}

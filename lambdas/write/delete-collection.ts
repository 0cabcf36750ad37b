import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  CollectionDeletedResult,
  NotPrimaryResult,
  WriteEvent,
} from "../../shared/contracts/write-event.ts";
import { unreachable } from "../../shared/std/assert.ts";
import type { SealOutcome, Seals } from "../ports/seals.ts";
import type { SnapshotLibrary } from "../snapshot/snapshot-library.ts";
import { StaleTerm } from "./accepted.ts";
import { asPrimary, requirePrimary } from "./as-primary.ts";
import { waitForRegions } from "./wait-for-regions.ts";
import type { WriteDeps } from "./write.ts";

export interface DeleteDeps extends WriteDeps {
  readonly seals: Pick<Seals, "seal">;
  readonly library: Pick<SnapshotLibrary, "list">;
}

type DeleteEvent = Extract<z.output<typeof WriteEvent>, { op: "delete-collection" }>;

/** Regions that have not heard of it by then hear of it by their sweeps. */
const REGIONS_MS_MAX = 2_000;

/**
 * Seals a collection's log, which frees its name: from here on it is deleted. Then has the regions show it no more; what they hold
 * of it they remove by and by. Snapshots that somebody asked for stay.
 *
 * @throws Problem `not-found`, `outcome-unknown`, `limit-exceeded`, and as `asPrimary`
 */
export function deleteCollection(
  deps: DeleteDeps,
  { tenant }: Caller,
  { collection }: DeleteEvent,
  signal: AbortSignal,
): Promise<z.output<typeof CollectionDeletedResult> | NotPrimaryResult> {
  return asPrimary(deps, tenant, collection, signal, async () => {
    const record = await deps.catalog.refreshed(tenant, collection, true, signal);
    requirePrimary(deps.region, record);
    return deleteRecord(deps, record, signal);
  });
}

async function deleteRecord(
  deps: DeleteDeps,
  record: CollectionRecord,
  signal: AbortSignal,
): Promise<z.output<typeof CollectionDeletedResult>> {
  const { region, catalog, placements, seals, library, applier, bell } = deps;
  const { incarnation, tenant, name } = record;
  const listed = await library.list(tenant, incarnation, signal, () => undefined);
  const snapshots = listed.filter(({ manifest }) => manifest.kind === "asked").length;
  const { checkpoint } = await placements.read(record, signal);
  const request = { to: null, held: checkpoint?.point ?? null };
  const outcome = await seals.seal(record, request, signal).catch((cause: unknown) => {
    const hint = "It may have been deleted: look whether it is there.";
    throw new Problem("outcome-unknown", hint, { cause });
  });
  const { point } = sealed(outcome);
  await catalog.forget(record, signal);
  const ring = { op: "ring" as const, incarnation, tenant, name, point };
  const within = AbortSignal.any([signal, AbortSignal.timeout(REGIONS_MS_MAX)]);
  const waiting = waitForRegions(bell, ring, "all", within);
  const here = await closedHere(applier, record, point.position, within);
  const regions = [...(here ? [region] : []), ...(await waiting.applied())];
  return { kind: "collection-deleted", region, incarnation, point, regions, snapshots };
}

/** @returns whether this region shows it no more: where it can't be told in time, the sweep sees to it */
async function closedHere(
  applier: DeleteDeps["applier"],
  record: CollectionRecord,
  position: number,
  signal: AbortSignal,
): Promise<boolean> {
  return applier.catchUp(record, position, signal).then(
    ({ checkpoint }) => checkpoint.sealed !== undefined,
    () => false,
  );
}

function sealed(outcome: SealOutcome): Extract<SealOutcome, { kind: "sealed" }> {
  switch (outcome.kind) {
    case "sealed":
      return outcome;
    case "stale-term":
    case "stale-record":
      throw new StaleTerm("the collection was changed meanwhile");
    case "unknown-collection":
      throw new Problem("not-found", "The log holds no such collection.");
    case "log-restarted":
      throw new Problem(
        "log-unavailable",
        "The log was restarted, or has lost something; nothing was deleted. It goes on after a promotion.",
      );
    case "full":
      throw new Problem(
        "limit-exceeded",
        `Of ${LIMITS.tombstonesMax} deleted collections something is still being removed: try again tomorrow.`,
      );
    default:
      return unreachable(outcome);
  }
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Catalog } from "./catalog.ts";

/**
 * Reads the collection that a name stands for. Where what this region knew under the name is found to be deleted, or the caller's
 * token is of another incarnation, the log is asked what the name stands for now, and the read is done once more.
 *
 * @param work done again only before it has given anything
 * @throws Problem `not-found`, `consistency-unavailable` where only this region takes it for deleted, and what `work` throws
 */
export async function byName<T>(
  catalog: Pick<Catalog, "get" | "refreshed">,
  { tenant, name }: { readonly tenant: string; readonly name: string },
  signal: AbortSignal,
  work: (record: CollectionRecord) => Promise<T>,
): Promise<T> {
  const known = await catalog.get(tenant, name, signal);
  try {
    return await work(known);
  } catch (error) {
    if (!mayBeAnother(error)) throw error;
    // A token that is off the line of the only incarnation that can be asked of is lost, whatever the log would say.
    const moved = error.code === "collection-moved";
    const now = await catalog.refreshed(tenant, name, moved, signal);
    if (now.incarnation !== known.incarnation) return work(now);
    if (!moved) throw error;
    const hint = "The region holds an end of the collection that the log has lost.";
    throw new Problem("consistency-unavailable", hint, { cause: error });
  }
}

function mayBeAnother(error: unknown): error is Problem {
  if (!(error instanceof Problem)) return false;
  return error.code === "collection-moved" || error.code === "position-lost";
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { Aliases } from "./aliases.ts";
import { asksForNow, type Catalog } from "./catalog.ts";

export interface NamingDeps {
  readonly catalog: Pick<Catalog, "get" | "refreshed">;
  readonly aliases: Pick<Aliases, "has" | "follow">;
}

/** A name as a read gives it. */
export interface Asked {
  readonly tenant: string;
  readonly name: string;
  readonly freshness: Freshness;
}

/** @param asOf where the name is an alias: when it was seen to name the collection */
type Read<T> = (record: CollectionRecord, asOf: LogTime | null) => Promise<T>;

/**
 * Reads the collection that a name stands for. Where what this region knew under the name is found to be deleted, or the caller's
 * token is of another incarnation, the log is asked what the name stands for now, and the read is done once more.
 *
 * @param work done again only before it has given anything
 * @throws Problem `not-found`, `consistency-unavailable` where only this region takes it for deleted, and what `work` throws
 */
export async function byName<T>(
  deps: NamingDeps,
  asked: Asked,
  signal: AbortSignal,
  work: Read<T>,
): Promise<T> {
  const known = await find(deps, asked, signal);
  try {
    return await work(known.record, known.asOf);
  } catch (error) {
    if (!mayBeAnother(error)) throw error;
    // A token that is off the line of the only incarnation that can be asked of is lost, whatever the log would say.
    const moved = error.code === "collection-moved";
    const now = await findAnew(deps, asked, moved, signal);
    if (now.record.incarnation !== known.record.incarnation) return work(now.record, now.asOf);
    if (!moved) throw error;
    const hint = "The region holds an end of the collection that the log has lost.";
    throw new Problem("consistency-unavailable", hint, { cause: error });
  }
}

interface Named {
  readonly record: CollectionRecord;
  readonly asOf: LogTime | null;
}

async function find(deps: NamingDeps, asked: Asked, signal: AbortSignal): Promise<Named> {
  const { tenant, name, freshness } = asked;
  if (deps.aliases.has(tenant, name)) {
    const followed = await deps.aliases.follow(tenant, name, freshness, signal);
    if (followed !== null) return followed;
  }
  return orAlias(deps, asked, signal, () =>
    deps.catalog.get(tenant, name, signal).catch((error: unknown) => {
      // That there is no such collection may have been true a moment ago only.
      if (!isProblem(error, "not-found") || !asksForNow(freshness)) throw error;
      return deps.catalog.refreshed(tenant, name, true, signal);
    }),
  );
}

/** @param strictly or not at all; else what is known, where the log can't be reached */
async function findAnew(
  deps: NamingDeps,
  { tenant, name, freshness }: Asked,
  strictly: boolean,
  signal: AbortSignal,
): Promise<Named> {
  const now = { tenant, name, freshness: { ...freshness, consistency: "strong" as const } };
  if (deps.aliases.has(tenant, name)) return find(deps, now, signal);
  return orAlias(deps, now, signal, () => deps.catalog.refreshed(tenant, name, strictly, signal));
}

async function orAlias(
  { aliases }: NamingDeps,
  { tenant, name, freshness }: Asked,
  signal: AbortSignal,
  collection: () => Promise<CollectionRecord>,
): Promise<Named> {
  try {
    return { record: await collection(), asOf: null };
  } catch (error) {
    if (!isProblem(error, "not-found")) throw error;
    const followed = await aliases.follow(tenant, name, freshness, signal);
    if (followed === null) throw error;
    return followed;
  }
}

function mayBeAnother(error: unknown): error is Problem {
  if (!(error instanceof Problem)) return false;
  return error.code === "collection-moved" || error.code === "position-lost";
}

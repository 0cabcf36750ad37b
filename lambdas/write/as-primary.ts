import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { NotPrimaryResult } from "../../shared/contracts/write-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { AliasRegister } from "../ports/aliases.ts";
import { LineBroken } from "../replicate/judge.ts";
import { StaleTerm } from "./accepted.ts";

export interface PrimaryDeps {
  readonly catalog: Catalog;
  readonly aliasRegister: Pick<AliasRegister, "target">;
  readonly region: string;
}

/** Another region accepts the collection's writes. */
class NotPrimary extends Error {
  override readonly name = "NotPrimary";
  readonly record: CollectionRecord;

  constructor(record: CollectionRecord) {
    super(`${record.primary} accepts the writes of ${record.name}`);
    this.record = record;
  }
}

/**
 * Does a write that `primaryRecord` or `requirePrimary` guards, and does it once more where the collection was promoted meanwhile: what it had appended
 * until then is found by its idempotency key. Likewise where the name stands for another collection by now.
 *
 * @returns what the write gives, or who accepts it
 * @throws Problem `not-found` where the collection was deleted, `primary-unavailable` where terms keep changing, or where this region holds what the log has lost
 */
export async function asPrimary<T>(
  { catalog, region }: PrimaryDeps,
  tenant: string,
  name: string,
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T | NotPrimaryResult> {
  try {
    return await write().catch(async (error: unknown) => {
      if (!(error instanceof StaleTerm) && !isProblem(error, "collection-moved")) throw error;
      // An alias is looked up by the write itself.
      await catalog.refreshed(tenant, name, true, signal).catch(unlessMissing);
      return write();
    });
  } catch (error) {
    if (error instanceof NotPrimary) {
      const { primary, term, incarnation } = error.record;
      return { kind: "not-primary", region, primary, term, incarnation };
    }
    if (error instanceof StaleTerm || error instanceof LineBroken) throw notNow(region, error);
    throw error;
  }
}

/**
 * The record of the collection that a name stands for, in its primary. A region that knew of another primary asks the log before it says so.
 * @throws Problem `not-found`; else what `asPrimary` makes a result of
 */
export async function primaryRecord(
  deps: PrimaryDeps,
  tenant: string,
  name: string,
  signal: AbortSignal,
): Promise<CollectionRecord> {
  const record = await namedRecord(deps, tenant, name, signal);
  requirePrimary(deps.region, record);
  return record;
}

async function namedRecord(
  { catalog, aliasRegister, region }: PrimaryDeps,
  tenant: string,
  name: string,
  signal: AbortSignal,
): Promise<CollectionRecord> {
  const known = await catalog.get(tenant, name, signal).catch(async (error: unknown) => {
    unlessMissing(error);
    // What it names now: a write that begins after an alias was moved is for what it was moved to.
    const target = await aliasRegister.target(tenant, name, signal);
    // That there is no such collection may have been true a moment ago only.
    return catalog.refreshed(tenant, target ?? name, true, signal);
  });
  return known.primary === region ? known : catalog.refreshed(tenant, known.name, false, signal);
}

/** @throws what `asPrimary` makes a result of, where another region accepts the collection's writes */
export function requirePrimary(region: string, record: CollectionRecord): void {
  if (record.primary !== region) throw new NotPrimary(record);
}

function unlessMissing(error: unknown): void {
  if (!isProblem(error, "not-found")) throw error;
}

function notNow(region: string, cause: Error): Problem {
  const hint =
    cause instanceof LineBroken
      ? `${region} holds what the log has lost, and can't judge this write until it is built anew.`
      : "The collection is being promoted; try again.";
  return new Problem("primary-unavailable", hint, { cause });
}

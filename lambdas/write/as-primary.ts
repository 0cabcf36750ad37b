import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { NotPrimaryResult } from "../../shared/contracts/write-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import { LineBroken } from "../replicate/judge.ts";
import { requireRoom } from "./require-room.ts";
import { StaleTerm } from "./accepted.ts";

export interface PrimaryDeps {
  readonly catalog: Catalog;
  readonly region: string;
  readonly room: StoreRoom;
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
 * Does a write that `primaryRecord` guards, and does it once more where the collection was promoted meanwhile: what it had appended
 * until then is found by its idempotency key.
 *
 * @returns what the write gives, or who accepts it
 * @throws Problem `primary-unavailable` where terms keep changing, or where this region holds what the log has lost
 */
export async function asPrimary<T>(
  { catalog, region }: Pick<PrimaryDeps, "catalog" | "region">,
  tenant: string,
  name: string,
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T | NotPrimaryResult> {
  try {
    return await write().catch(async (error: unknown) => {
      if (!(error instanceof StaleTerm)) throw error;
      await catalog.refreshed(tenant, name, true, signal);
      return write();
    });
  } catch (error) {
    if (error instanceof NotPrimary) {
      const { primary, term } = error.record;
      return { kind: "not-primary", region, primary, term };
    }
    if (error instanceof StaleTerm || error instanceof LineBroken) throw notNow(region, error);
    throw error;
  }
}

/**
 * The collection's record, in its primary. A region that knew of another primary asks the log before it says so.
 * @throws Problem `not-found`, `storage-full`; else what `asPrimary` makes a result of
 */
export async function primaryRecord(
  { catalog, region, room }: PrimaryDeps,
  tenant: string,
  name: string,
  signal: AbortSignal,
): Promise<CollectionRecord> {
  const known = await catalog.get(tenant, name, signal);
  const record =
    known.primary === region ? known : await catalog.refreshed(tenant, name, false, signal);
  assertPrimary(region, record);
  await requireRoom(room); // Before anything is embedded, or kept beside the log.
  return record;
}

/** @throws what `asPrimary` makes a result of, where another region accepts the collection's writes */
export function assertPrimary(region: string, record: CollectionRecord): void {
  if (record.primary !== region) throw new NotPrimary(record);
}

function notNow(region: string, cause: Error): Problem {
  const hint =
    cause instanceof LineBroken
      ? `${region} holds what the log has lost, and can't judge this write until it is built anew.`
      : "The collection is being promoted; try again.";
  return new Problem("primary-unavailable", hint, { cause });
}

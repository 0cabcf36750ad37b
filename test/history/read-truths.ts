import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { collectionOf } from "./operation.ts";
import { Truth, type TruthEntry } from "./truth.ts";

/** The logs of all collections of a name, as they are at the end, by collection. */
export async function readTruths(
  log: WriteLog,
  collection: string,
  signal: AbortSignal,
): Promise<Map<string, Truth>> {
  const truths = new Map<string, Truth>();
  for (const record of await log.collections(signal)) {
    if (record.name !== collection) continue;
    const entries = await readEntries(log, record, signal);
    const { tenant, incarnation } = record;
    truths.set(collectionOf({ tenant, collection }), new Truth(incarnation, entries));
  }
  return truths;
}

async function readEntries(
  log: WriteLog,
  record: CollectionRecord,
  signal: AbortSignal,
): Promise<TruthEntry[]> {
  const found: TruthEntry[] = [];
  for (;;) {
    const { entries, head } = await log.pull(record, (found.at(-1)?.position ?? 0) + 1, signal);
    found.push(...entries);
    if (entries.length === 0 || (found.at(-1)?.position ?? 0) >= head.position) return found;
  }
}

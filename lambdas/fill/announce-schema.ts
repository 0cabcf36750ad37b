import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import type { Point } from "../../shared/domain/point.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { WriteLog } from "../ports/write-log.ts";

/**
 * Says in the log that from here on entries are for the schema version of the shards that the primary has moved to; harmless when
 * repeated. From then on the log refuses what was prepared for an older one.
 *
 * @param record as it lies on these shards
 * @returns where the log says so, or a point after it
 * @throws Error where the log is at a newer version
 */
export async function announceSchema(
  log: WriteLog,
  record: CollectionRecord,
  held: Point | null,
  signal: AbortSignal,
): Promise<Point> {
  const { incarnation, schemaVersion: version } = record;
  const entry: LogEntry = { v: 1, kind: "schema", version };
  const digest = sha256Hex(`schema ${incarnation} ${version}`);
  const request = {
    idempotencyScope: digest,
    requestDigest: digest,
    held,
    entries: [JSON.stringify(entry)],
    raisesSchema: true,
  };
  const outcome = await log.append(record, request, signal);
  if ("point" in outcome) return outcome.point;
  throw new Error(`the log did not take schema version ${version}: ${outcome.kind}`);
}

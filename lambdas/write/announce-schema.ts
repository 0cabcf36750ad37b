import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import type { Point } from "../../shared/domain/point.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { accepted } from "./accepted.ts";

/**
 * Says in the log that from here on entries are for the schema version of the shards that the primary has moved to; harmless when
 * repeated. From then on the log refuses what was prepared for an older one.
 *
 * @returns where the log says so, or a point after it; null where it is at a newer version
 * @throws Problem, or StaleTerm
 */
export async function announceSchema(
  log: WriteLog,
  collection: LaidOutCollection,
  held: Point | null,
  signal: AbortSignal,
): Promise<Point | null> {
  const { incarnation, schemaVersion: version } = collection;
  const entry: LogEntry = { v: 1, kind: "schema", version };
  const digest = sha256Hex(`schema ${incarnation} ${version}`);
  const request = {
    idempotencyScope: digest,
    requestDigest: digest,
    held,
    entries: [JSON.stringify(entry)],
    raisesSchema: true,
  };
  const outcome = await log.append(collection, request, signal);
  return outcome.kind === "stale-schema" ? null : accepted(outcome).point;
}

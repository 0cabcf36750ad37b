import {
  REGIONS_BYTES_MAX,
  RegionsRecord,
  type RegionsRefusal,
} from "../../shared/contracts/regions-record.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { parseJson } from "../door/read-body.ts";

/** What can't be served, why, and the version that it says it has, where that can be read. */
export interface RefusedRecord {
  readonly kind: "refused";
  readonly reason: RegionsRefusal;
  readonly version: number | null;
}

export type ReadRecord =
  | { readonly kind: "record"; readonly record: RegionsRecord }
  | RefusedRecord;

export type RegionsVerdict =
  | { readonly kind: "newer"; readonly record: RegionsRecord }
  /** What is served already. */
  | { readonly kind: "same" }
  | RefusedRecord;

/** A record from its text, whatever is served and whichever regions there are. */
export function readRecord(text: string): ReadRecord {
  if (text.trim() === "") return refused("empty", null);
  if (utf8Length(text) > REGIONS_BYTES_MAX) return refused("too-large", null);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return refused("malformed", null); // That it is no JSON is all there is to say of it.
  }
  const parsed = RegionsRecord.safeParse(value);
  return parsed.success
    ? { kind: "record", record: parsed.data }
    : refused("invalid", versionIn(value));
}

/**
 * What a location makes of a record that it finds: taken whole or not at all, and only forward.
 *
 * @param served null where nothing published is
 * @param known names of the regions that the deployment knows
 */
export function judgeRegions(
  text: string,
  served: RegionsRecord | null,
  known: readonly string[],
): RegionsVerdict {
  const read = readRecord(text);
  if (read.kind === "refused") return read;
  const { record } = read;
  const { version, regions } = record;
  if (regions.some(({ name }) => !known.includes(name))) return refused("unknown-region", version);
  if (served === null || version > served.version) return { kind: "newer", record };
  if (version < served.version) return refused("older", version);
  return sameRecord(record, served) ? { kind: "same" } : refused("altered", version);
}

export function sameRecord(a: RegionsRecord, b: RegionsRecord): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function refused(reason: RegionsRefusal, version: number | null): RefusedRecord {
  return { kind: "refused", reason, version };
}

function versionIn(value: unknown): number | null {
  const version = typeof value === "object" && value !== null && "version" in value;
  const parsed = RegionsRecord.shape.version.safeParse(version ? value.version : null);
  return parsed.success ? parsed.data : null;
}

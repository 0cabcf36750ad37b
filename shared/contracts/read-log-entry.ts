import { z } from "zod";
import { LogEntry } from "./log-entry.ts";

/** An entry that its writer broke: it changes nothing, in every region alike, and the log goes on behind it. */
export interface ParkedEntry {
  readonly kind: "parked";
}

/** A newer release may have written it: whoever stepped over it would hold something else than those that can read it. */
export class EntryUnknown extends Error {
  override readonly name = "EntryUnknown";
}

/** Entries that documents are written by. One of another kind that is broken stops: what is behind it may depend on it. */
const Known = z.object({ v: z.literal(1), kind: z.enum(["put", "delete", "delete-found"]) });

/** What no release of the same `v` may write: a part is missing, or of another type. A limit may have been another one. */
const BROKEN: ReadonlySet<string> = new Set(["invalid_type", "too_small", "invalid_format"]);

/**
 * Reads an entry by itself and this code alone, so that all regions make the same of it.
 * @param at its position
 * @throws EntryUnknown
 */
export function readLogEntry(json: string, at: number): LogEntry | ParkedEntry {
  const value = jsonOf(json);
  const read = LogEntry.safeParse(value);
  if (read.success) return read.data;
  const { issues } = read.error;
  if (Known.safeParse(value).success && issues.every(({ code }) => BROKEN.has(code)))
    return { kind: "parked" };
  const codes = [...new Set(issues.map(({ code }) => code))].join(", ");
  throw new EntryUnknown(
    `position ${at} is no entry of this release, but may be one of a newer (${codes}): it is not stepped over`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

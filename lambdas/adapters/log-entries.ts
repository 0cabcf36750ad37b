import { hash } from "node:crypto";
import { Problem } from "../../shared/contracts/problems.ts";
import { readReference, writeReference } from "../../shared/domain/segments.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Segments } from "../ports/segments.ts";
import type { LoggedEntry } from "../ports/write-log.ts";

/** What an entry is in the log that lies in a segment which is missing or was altered: it does not have its digest. */
const LOST = "";

/**
 * The arguments of a script that appends entries: of each its digest, and itself or where it lies. What they name is durable by then.
 * @throws where the segments can't be written
 */
export async function keepEntries(
  segments: Segments,
  incarnation: string,
  entries: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const references = await abortable(segments.keep(incarnation, entries, signal), signal);
  return entries.flatMap((entry, i) => {
    const reference = references[i] ?? null;
    const at = reference === null ? [entry, ""] : ["", writeReference(reference)];
    return [hash("sha256", entry, "hex"), ...at]; // The platform's own, as in segments: every byte of a bulk write goes through it.
  });
}

/**
 * Entries with what they name.
 * @throws Problem `log-unavailable` where the segments can't be reached
 */
export async function readEntries(
  segments: Segments,
  incarnation: string,
  entries: readonly (LoggedEntry & { readonly reference: string })[],
  signal: AbortSignal,
): Promise<LoggedEntry[]> {
  const references = entries.map(({ reference }) => readReference(reference));
  const wanted = entries.flatMap(({ digest }, i) => {
    const reference = references[i] ?? null;
    return reference === null ? [] : [{ reference, digest }];
  });
  if (wanted.length === 0) return entries.map(({ reference: _, ...entry }) => entry);
  const found = await abortable(segments.read(incarnation, wanted, signal), signal).catch(
    (cause: unknown) => {
      throw new Problem("log-unavailable", "The blob store did not give what the log names.", {
        cause,
      });
    },
  );
  let next = 0;
  return entries.map(({ reference: _, ...entry }, i) =>
    (references[i] ?? null) === null ? entry : { ...entry, json: found[next++] ?? LOST },
  );
}

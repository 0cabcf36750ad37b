import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { utf8Length } from "../../shared/std/bytes.ts";

/**
 * @param entries JSON texts
 * @throws Problem `limit-exceeded` for an entry that no append can hold
 */
export function requireFitting(entries: readonly string[]): void {
  for (const [index, entry] of entries.entries()) {
    const size = utf8Length(entry);
    if (size <= LIMITS.logEntryBytesMax) continue;
    const message = `${size} bytes with its vectors; ${LIMITS.logEntryBytesMax} are allowed`;
    throw new Problem("limit-exceeded", "Split the document; nothing was written.", {
      errors: [{ pointer: `/documents/${index}`, message }],
    });
  }
}

/**
 * As many entries from `start` on as one append takes, at least one. How many these are depends on the collection's spaces: so
 * a repeated request goes on behind what its appends had taken, which the log says.
 */
export function chunkOf(entries: readonly string[], start: number): readonly string[] {
  let bytes = 0;
  let end = start;
  for (const entry of entries.slice(start, start + LIMITS.appendEntriesMax)) {
    bytes += utf8Length(entry);
    if (end > start && bytes > LIMITS.appendBytesMax) break;
    end += 1;
  }
  return entries.slice(start, end);
}

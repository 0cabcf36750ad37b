import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { utf8Length } from "../../shared/std/bytes.ts";

/**
 * Splits entries into appends, in order. It looks at nothing but the entries' sizes, which the request decides: repeating a
 * request makes the same chunks, so each keeps its idempotency key.
 *
 * @param entries JSON texts
 * @throws Problem `limit-exceeded` for an entry that no append can hold
 */
export function chunkEntries(entries: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let chunk: string[] = [];
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    const size = utf8Length(entry);
    if (size > LIMITS.logEntryBytesMax) {
      const errors = [
        {
          pointer: `/documents/${index}`,
          message: `${size} bytes with its vectors; ${LIMITS.logEntryBytesMax} are allowed`,
        },
      ];
      throw new Problem("limit-exceeded", "Split the document; nothing was written.", { errors });
    }
    if (
      chunk.length > 0 &&
      (chunk.length === LIMITS.appendEntriesMax || bytes + size > LIMITS.appendBytesMax)
    ) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(entry);
    bytes += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

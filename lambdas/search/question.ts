import { EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import type { QueryPart } from "../../shared/contracts/query.ts";

/** What a query asks in words, for a reader: its texts, without those that are to be pushed away. */
export function questionOf(queries: readonly QueryPart[]): string {
  return queries
    .flatMap((part) => ("text" in part && !part.negative ? [part.text] : []))
    .join(" ")
    .slice(0, EMBEDDER_LIMITS.textCharsMax);
}

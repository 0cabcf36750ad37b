import type { Comparison } from "../ports/region-cache.ts";

/** What was not written to is compared again all the same, after so many intervals: a store may lose what it was given. */
const UNCHANGED_INTERVALS = 24;

/** Whether a copy is to be compared now. @param known of the last comparison; null if there was none */
export function isDue(
  known: Comparison | null,
  held: { readonly position: number; readonly tables: number },
  everyMs: number,
  nowMs: number,
): boolean {
  if (known === null || known.verdict === "unknown") return true;
  // Built anew since: whether that has cured it.
  if (known.verdict === "differs" && known.tables !== held.tables) return true;
  const agoMs = nowMs - known.atMs;
  const changed = known.position !== held.position || known.tables !== held.tables;
  return agoMs >= (changed ? everyMs : UNCHANGED_INTERVALS * everyMs);
}

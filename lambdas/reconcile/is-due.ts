import type { Comparison } from "../ports/region-cache.ts";

/** What was not written to is compared again all the same, after so many intervals: a store may lose what it was given. */
const UNCHANGED_INTERVALS = 24;
/** Where writes were in the way it is tried again sooner, but not at once: each try reads both copies. */
const UNKNOWN_SHARE = 1 / 12;

/** Whether a copy is to be compared now. @param known of the last comparison; null if there was none */
export function isDue(
  known: Comparison | null,
  held: { readonly position: number; readonly tables: number },
  everyMs: number,
  nowMs: number,
): boolean {
  if (known === null) return true;
  // Built anew since: whether that has cured it.
  if (known.verdict === "differs" && known.tables !== held.tables) return true;
  const agoMs = nowMs - known.atMs;
  if (known.verdict === "unknown") return agoMs >= UNKNOWN_SHARE * everyMs;
  const changed = known.position !== held.position || known.tables !== held.tables;
  return agoMs >= (changed ? everyMs : UNCHANGED_INTERVALS * everyMs);
}

import type { BatchLimits } from "../limits.ts";

/** What takes up room in a batch: `tokens` >= 1. */
interface Sized {
  readonly tokens: number;
}

/**
 * Splits what waits into the next batch and the rest, both in the order in which they waited.
 *
 * The first is always taken, so nothing starves; then those closest to it in length, the oldest first among equals,
 * as long as count, padded tokens and spread stay within bounds. A first one that is over the bound runs alone.
 */
export function takeBatch<T extends Sized>(
  waiting: readonly T[],
  limits: BatchLimits,
): { batch: T[]; rest: T[] } {
  const [first] = waiting;
  if (first === undefined) return { batch: [], rest: [] };
  const byCloseness = waiting
    .map((item, index) => ({
      tokens: item.tokens,
      index,
      distance: Math.abs(item.tokens - first.tokens),
    }))
    .sort((a, b) => a.distance - b.distance || a.tokens - b.tokens || a.index - b.index);
  const taken = new Set<number>();
  let shortest = first.tokens;
  let longest = first.tokens;
  for (const { tokens, index } of byCloseness) {
    if (taken.size === limits.itemsMax) break;
    const low = Math.min(shortest, tokens);
    const high = Math.max(longest, tokens);
    const fits =
      high * (taken.size + 1) <= limits.tokensMax && high - low <= limits.spreadTokensMax;
    if (!fits && taken.size > 0) continue;
    taken.add(index);
    shortest = low;
    longest = high;
  }
  return {
    batch: waiting.filter((_, index) => taken.has(index)),
    rest: waiting.filter((_, index) => !taken.has(index)),
  };
}

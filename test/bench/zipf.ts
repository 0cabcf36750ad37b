import type { Random } from "../../shared/std/random.ts";

/** Draws ranks from 0 to `n` - 1, rank r with a weight of 1 / (r + 1)^s. */
export function createZipf(n: number, s: number, random: Random): () => number {
  const upTo: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= n; rank++) upTo.push((sum += rank ** -s));
  return () => {
    const at = random() * sum;
    const found = upTo.findIndex((weight) => at < weight);
    return found === -1 ? n - 1 : found;
  };
}

/** What ranks a passage among others. */
interface Ranked {
  readonly id: string;
  readonly passage: number;
  readonly similarity: number;
}

/** Best first; ties by (id, passage), so that every engine and replica gives the same order at one position. */
export function bestFirst(a: Ranked, b: Ranked): number {
  return b.similarity - a.similarity || byPassage(a, b);
}

/** By id in code point order, then passage. */
export function byPassage(
  a: Pick<Ranked, "id" | "passage">,
  b: Pick<Ranked, "id" | "passage">,
): number {
  return compareCodePoints(a.id, b.id) || a.passage - b.passage;
}

/**
 * Order by code points, which is the order of UTF-8 bytes, so the engines' order. JavaScript's own order is by UTF-16
 * units, where characters past U+FFFF sort before U+E000.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  return sortKey(a.charCodeAt(i)) - sortKey(b.charCodeAt(i));
}

/** Moves surrogates, the halves of characters past U+FFFF, behind all other units. */
function sortKey(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

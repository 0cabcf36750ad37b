export interface Run {
  readonly text: string;
  readonly marked: boolean;
}

const WORDS_MAX = 24;
/** Words that say nothing of a passage. */
const PLAIN: ReadonlySet<string> = new Set(
  "a an and are as at by for from how in is it of on or that the this to was what when where which who why with".split(
    " ",
  ),
);

/** The text in runs, where words that begin like a word of the query are marked: "export" marks "exports" too. */
export function markWords(text: string, query: string): Run[] {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])]
    .filter((word) => !PLAIN.has(word))
    .slice(0, WORDS_MAX);
  if (words.length === 0) return [{ text, marked: false }];
  const stems = words.map((word) => (word.length > 4 ? word.replace(/(ies|es|s|y)$/u, "") : word));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${stems.join("|")})[\\p{L}\\p{N}]*`, "giu");
  const runs: Run[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) runs.push({ text: text.slice(at, found.index), marked: false });
    runs.push({ text: found[0], marked: true });
    at = found.index + found[0].length;
  }
  if (at < text.length) runs.push({ text: text.slice(at), marked: false });
  return runs;
}

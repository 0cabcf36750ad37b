import { foldedWords } from "./folded-words.ts";

/** Saturation of repeated words, and how much long texts are held back; the usual ones. */
const K1 = 1.2;
const B = 0.75;

/**
 * BM25 of each text for the words of a query; 0 where it has none of them. For the reference store: engines have their own, with
 * stemming and other details.
 *
 * @see Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009
 */
export function bm25(query: string, texts: readonly string[]): number[] {
  const documents = texts.map(foldedWords);
  const meanLength =
    documents.reduce((sum, of) => sum + of.length, 0) / Math.max(1, documents.length) || 1;
  const scores = documents.map(() => 0);
  for (const word of new Set(foldedWords(query))) {
    const counts = documents.map((of) => of.filter((one) => one === word).length);
    const having = counts.filter((count) => count > 0).length;
    const rarity = Math.log(1 + (documents.length - having + 0.5) / (having + 0.5));
    for (const [i, count] of counts.entries()) {
      const length = (documents[i]?.length ?? 0) / meanLength;
      scores[i] =
        (scores[i] ?? 0) + (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + B * length));
    }
  }
  return scores;
}

import type { HitExplanation } from "../../../shared/contracts/explain.ts";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import type { Part } from "../state/draft.ts";
import { scoreWords } from "./numbers.ts";
import { partLabel, weightWords } from "./part-words.ts";

const NO_BREAK_SPACE = "\u00a0";

/** What one ranking adds to a hit's score. */
export interface ShareRow {
  readonly name: string;
  readonly share: number;
  /** `rank 3, cosine 0.412; 0.0159 × 0.5` */
  readonly facts: string;
  /** Length of its bar, of the longest's, 0 to 1. */
  readonly length: number;
}

/** The rankings that a hit's score is added up from, in the order in which they are. */
export function shareRows(hit: Hit, parts: readonly Part[]): readonly ShareRow[] {
  const { contributions = [] } = hit.explain ?? {};
  const longest = Math.max(...contributions.map(({ share }) => Math.abs(share)));
  const alone = contributions.every(({ score, share, weight }) => score === share && weight === 1);
  return contributions.map(({ branch, parts: of, rank, score, normalised, weight, share }) => ({
    name: rankingWords(branch, of, parts, hit.media !== undefined),
    share,
    facts: [
      `rank ${rank}`,
      `${branch === "lexical" ? "BM25" : "similarity"} ${scoreWords(score)}`,
      ...(alone ? [] : [`${scoreWords(normalised)} ${weightWords(weight)}`]),
    ]
      .map((fact) => fact.replaceAll(" ", NO_BREAK_SPACE)) // A product that is broken apart is hard to read.
      .join(" · "),
    length: longest === 0 ? 0 : Math.abs(share) / longest,
  }));
}

/** How reranking moved a hit, as a sum that gives its score; null where it was not reranked. */
export function rerankWords({ rerank }: HitExplanation, score: number): string | null {
  if (rerank === undefined) return null;
  const { rankBefore, normalised, before, weight } = rerank;
  const was = `Was number ${rankBefore} before it was read again.`;
  if (normalised === null)
    return `${was} It has no text to read, so it keeps ${scoreWords(before)}.`;
  const left = `${scoreWords(weight)} × ${scoreWords(normalised)} (read again)`;
  const right = `${scoreWords(1 - weight)} × ${scoreWords(before)} (before)`;
  return `${was} ${left} + ${right} = ${scoreWords(score)}`;
}

/** A ranking in the user's words: with which part, where there are several, what was compared: `like Tiger: caption`. */
export function rankingWords(
  branch: string,
  of: readonly number[],
  parts: readonly Part[],
  isPicture: boolean,
): string {
  const what = BRANCHES[branch]?.[isPicture ? "picture" : "passage"] ?? branch;
  if (parts.length < 2) return what;
  const named = of.flatMap((index) => {
    const part = parts[index];
    return part === undefined ? [] : [partLabel(part)];
  });
  return `${named.join(" + ")}: ${what}`;
}

/** Of a picture, the text that is found is its caption. */
const BRANCHES: Readonly<Record<string, { readonly picture: string; readonly passage: string }>> = {
  text: { picture: "caption", passage: "text" },
  image: { picture: "picture", passage: "picture" },
  lexical: { picture: "words of the caption", passage: "words" },
};

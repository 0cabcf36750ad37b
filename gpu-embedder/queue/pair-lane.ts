import { EMBEDDER_LIMITS, type EmbedderRerankers } from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { PairTokenizer, TokenPair } from "../ports/tokenizer.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { Deadline } from "./deadline.ts";

/** A cross-encoder from a folder. */
export interface PairLane {
  readonly info: EmbedderRerankers[number];
  readonly tokenizer: PairTokenizer;
  readonly queue: BatchQueue<TokenPair, number>;
}

/** How well each text answers the question: the model's logits, in the order of the texts. Throws `limit-exceeded`. */
export async function scoreTexts(
  { info, tokenizer, queue }: PairLane,
  question: string,
  texts: readonly string[],
  deadline: Deadline,
): Promise<{ readonly scores: readonly number[]; readonly tokens: number }> {
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (chars > EMBEDDER_LIMITS.textCharsPerCallMax)
    throw new Problem(
      "limit-exceeded",
      `Send at most ${EMBEDDER_LIMITS.textCharsPerCallMax} characters in one call.`,
    );
  const { maxTokens } = info;
  // Half for the text at least: of a longer question the beginning is read.
  const limits = { maxTokens, questionTokensMax: Math.floor(maxTokens / 2) };
  const items = texts.map((text) => {
    const input = tokenizer.encodePair(question, text, limits);
    return { input, tokens: input.ids.length };
  });
  const scores = await queue.submit(items, deadline);
  return { scores, tokens: items.reduce((sum, item) => sum + item.tokens, 0) };
}

import { EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ModelInfo } from "../models/model-info.ts";
import type { Tokenizer } from "../ports/tokenizer.ts";
import type { BatchQueue, QueueItem } from "./batch-queue.ts";
import type { Deadline } from "./deadline.ts";

export interface TextLane {
  readonly info: ModelInfo;
  readonly maxTokens: number;
  readonly tokenizer: Tokenizer;
  readonly queue: BatchQueue<readonly number[], Float32Array>;
}

export interface EmbeddedTexts {
  /** Unit vectors in the order of the texts. */
  readonly vectors: readonly Float32Array[];
  /** After cutting. */
  readonly tokens: number;
}

export async function embedTexts(
  lane: TextLane,
  texts: readonly string[],
  deadline: Deadline,
): Promise<EmbeddedTexts> {
  const items = tokenised(lane, texts);
  const vectors = await lane.queue.submit(items, deadline);
  return { vectors, tokens: items.reduce((sum, item) => sum + item.tokens, 0) };
}

/** The texts as items of a queue. Throws `limit-exceeded` where they are too many characters together. */
export function tokenised(
  { tokenizer, maxTokens }: Pick<TextLane, "tokenizer" | "maxTokens">,
  texts: readonly string[],
): QueueItem<readonly number[]>[] {
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (chars > EMBEDDER_LIMITS.textCharsPerCallMax) {
    throw new Problem(
      "limit-exceeded",
      `Send at most ${EMBEDDER_LIMITS.textCharsPerCallMax} characters in one call.`,
    );
  }
  return texts.map((text) => {
    const input = tokenizer.encode(text, maxTokens);
    return { input, tokens: input.length };
  });
}

import { required } from "../../shared/std/assert.ts";
import { maxSim } from "../models/max-sim.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { Deadline } from "./deadline.ts";
import { tokenised, type TextLane } from "./text-lane.ts";

/** Tokens of a question that are compared: a longer one says what it asks in its first sentences, and all would take seconds. */
const QUERY_TOKENS_MAX = 64;

/** Late interaction over the text model's own token vectors: no further weights. */
export interface RerankLane {
  readonly text: TextLane;
  /** Gives the unit vectors of each text's tokens, one after the other. */
  readonly queue: BatchQueue<readonly number[], Float32Array>;
  /** Lets others have the thread. */
  readonly breathe: () => Promise<void>;
}

/** How well each text answers the query: MaxSim, in [-1, 1]; in the order of the texts. */
export async function rerankTexts(
  { text, queue, breathe }: RerankLane,
  query: string,
  texts: readonly string[],
  deadline: Deadline,
): Promise<{ readonly scores: readonly number[]; readonly tokens: number }> {
  const items = tokenised(text, [query, ...texts]);
  const [wanted, ...vectors] = await queue.submit(items, deadline);
  const { dimension } = text.info;
  const asked = innerTokens(required(wanted, "the query is among the items"), dimension);
  const scores: number[] = [];
  for (const of of vectors) {
    deadline.signal.throwIfAborted();
    scores.push(maxSim(asked, of, dimension));
    await breathe(); // One text takes some milliseconds; a hundred would hold up everyone.
  }
  return { scores, tokens: items.reduce((sum, item) => sum + item.tokens, 0) };
}

/** Without [CLS] and [SEP], which are like those of any text. */
function innerTokens(all: Float32Array, dimension: number): Float32Array[] {
  const tokens = Math.min(QUERY_TOKENS_MAX, all.length / dimension - 2);
  return Array.from({ length: Math.max(0, tokens) }, (_, i) =>
    all.subarray((i + 1) * dimension, (i + 2) * dimension),
  );
}

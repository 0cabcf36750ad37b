import { required } from "../../shared/std/assert.ts";
import { maxSim } from "../models/max-sim.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { Deadline } from "./deadline.ts";
import { tokenised, type TextLane } from "./text-lane.ts";

/** Late interaction over the text model's own token vectors: no further weights. */
export interface RerankLane {
  readonly text: TextLane;
  /** Gives the unit vectors of each text's tokens, one after the other. */
  readonly queue: BatchQueue<readonly number[], Float32Array>;
}

/** How well each text answers the query: MaxSim, in [-1, 1]; in the order of the texts. */
export async function rerankTexts(
  { text, queue }: RerankLane,
  query: string,
  texts: readonly string[],
  deadline: Deadline,
): Promise<{ readonly scores: readonly number[]; readonly tokens: number }> {
  const items = tokenised(text, [query, ...texts]);
  const [wanted, ...vectors] = await queue.submit(items, deadline);
  const { dimension } = text.info;
  const all = required(wanted, "the query is among the items");
  // Without [CLS] and [SEP], which are like those of any text.
  const inner = all.subarray(dimension, Math.max(dimension, all.length - dimension));
  return {
    scores: vectors.map((of) => maxSim(inner, of, dimension)),
    tokens: items.reduce((sum, item) => sum + item.tokens, 0),
  };
}

import { assert } from "../../shared/std/assert.ts";
import type { Session, Tensor } from "../ports/session.ts";
import type { TokenPair } from "../ports/tokenizer.ts";

const OUTPUT = "logits";

/**
 * How well each text answers its question, in order: the model's logit, any number; higher is better. Shorter pairs are padded to
 * the longest, behind the attention mask.
 *
 * @param batch not empty
 * @param padId the padding token's id
 * @throws if the graph gives anything else than one number a pair
 * @see Nogueira, Cho: "Passage Re-ranking with BERT", 2019
 */
export async function scorePairs(
  session: Session,
  batch: readonly TokenPair[],
  padId: number,
): Promise<number[]> {
  const width = Math.max(...batch.map(({ ids }) => ids.length));
  const tensor = (value: (pair: TokenPair, column: number) => number): Tensor => {
    const data = new BigInt64Array(batch.length * width);
    for (const [row, pair] of batch.entries())
      for (let column = 0; column < width; column++)
        data[row * width + column] = BigInt(value(pair, column));
    return { type: "int64", data, shape: [batch.length, width] };
  };
  const all: Readonly<Record<string, () => Tensor>> = {
    input_ids: () => tensor(({ ids }, i) => ids[i] ?? padId),
    attention_mask: () => tensor(({ ids }, i) => (i < ids.length ? 1 : 0)),
    token_type_ids: () => tensor(({ types }, i) => types[i] ?? 0),
  };
  // A RoBERTa takes no types.
  const taken = Object.entries(all).filter(([name]) => session.inputs.includes(name));
  const inputs = Object.fromEntries(taken.map(([name, make]) => [name, make()]));
  const logits = await session.run(inputs, OUTPUT);
  assert(logits.length === batch.length, "a cross-encoder gives one number a pair, its label");
  return [...logits];
}

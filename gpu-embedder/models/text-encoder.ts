import type { Session } from "../ports/session.ts";
import { splitRows } from "./split-rows.ts";

/** Mean-pooled over the mask and of unit length: pooling is part of the graph. */
const OUTPUT = "sentence_embedding";

/**
 * Unit vectors of tokenised texts, in order. Shorter ones are padded to the longest, behind the attention mask.
 *
 * @param batch token ids, each at least one; not empty
 */
export async function encodeTexts(
  session: Session,
  batch: readonly (readonly number[])[],
  dimension: number,
): Promise<Float32Array[]> {
  const width = Math.max(...batch.map((ids) => ids.length));
  const shape = [batch.length, width];
  const inputIds = new BigInt64Array(batch.length * width); // The padding token's id is 0.
  const attentionMask = new BigInt64Array(batch.length * width);
  for (const [row, ids] of batch.entries()) {
    for (const [column, id] of ids.entries()) inputIds[row * width + column] = BigInt(id);
    attentionMask.fill(1n, row * width, row * width + ids.length);
  }
  const output = await session.run(
    {
      input_ids: { type: "int64", data: inputIds, shape },
      attention_mask: { type: "int64", data: attentionMask, shape },
      token_type_ids: { type: "int64", data: new BigInt64Array(batch.length * width), shape },
    },
    OUTPUT,
  );
  return splitRows(output, batch.length, dimension);
}

import type { Session } from "../ports/session.ts";
import { splitRows } from "./split-rows.ts";

/** Mean-pooled over the mask and of unit length: pooling is part of the graph. */
const POOLED = "sentence_embedding";
/** One vector a token, padding included. */
const BY_TOKEN = "last_hidden_state";

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
  const output = await run(session, batch, POOLED);
  return splitRows(output, batch.length, dimension);
}

/**
 * A vector for each token of each text, at unit length: `ids.length` rows of `dimension`, one after the other.
 *
 * @param batch token ids, each at least one; not empty
 */
export async function encodeTokens(
  session: Session,
  batch: readonly (readonly number[])[],
  dimension: number,
): Promise<Float32Array[]> {
  const width = widthOf(batch);
  const output = await run(session, batch, BY_TOKEN);
  const padded = splitRows(output, batch.length, width * dimension);
  return padded.map((rows, i) => {
    const own = rows.subarray(0, (batch[i]?.length ?? 0) * dimension);
    return unitRows(own, dimension);
  });
}

function widthOf(batch: readonly (readonly number[])[]): number {
  return Math.max(...batch.map((ids) => ids.length));
}

async function run(
  session: Session,
  batch: readonly (readonly number[])[],
  output: string,
): Promise<Float32Array> {
  const width = widthOf(batch);
  const shape = [batch.length, width];
  const inputIds = new BigInt64Array(batch.length * width); // The padding token's id is 0.
  const attentionMask = new BigInt64Array(batch.length * width);
  for (const [row, ids] of batch.entries()) {
    for (const [column, id] of ids.entries()) inputIds[row * width + column] = BigInt(id);
    attentionMask.fill(1n, row * width, row * width + ids.length);
  }
  return session.run(
    {
      input_ids: { type: "int64", data: inputIds, shape },
      attention_mask: { type: "int64", data: attentionMask, shape },
      token_type_ids: { type: "int64", data: new BigInt64Array(batch.length * width), shape },
    },
    output,
  );
}

/** Copied: a text must not keep its whole batch alive. */
function unitRows(rows: Float32Array, dimension: number): Float32Array {
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += dimension) {
    let squares = 0;
    for (let i = start; i < start + dimension; i++) squares += (rows[i] ?? 0) ** 2;
    const length = Math.sqrt(squares) || 1;
    for (let i = start; i < start + dimension; i++) unit[i] = (rows[i] ?? 0) / length;
  }
  return unit;
}

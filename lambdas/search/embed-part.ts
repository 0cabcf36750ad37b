import type { QueryPart } from "../../shared/contracts/query.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { RegionCache } from "../ports/region-cache.ts";

export interface EmbedDeps {
  readonly embedder: Embedder;
  readonly cache: Pick<RegionCache, "vectors" | "keepVectors">;
}

export type EmbeddablePart = Extract<QueryPart, { text: string } | { image: unknown }>;

/**
 * The part's vector, from the cache by (model digest, content hash), else from the embedder.
 *
 * @param digest of the weights that the vector must come from
 * @param at the part's JSON pointer
 * @throws Problem `media-rejected`, `unsupported-media-type`, `model-mismatch`, `embedder-unavailable`
 */
export async function embedPart(
  { embedder, cache }: EmbedDeps,
  digest: string,
  part: EmbeddablePart,
  at: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const model = "text" in part ? "text" : "image";
  const input = "text" in part ? { text: part.text } : { image: part.image.base64 };
  const name = `${digest}:${sha256Hex("text" in input ? input.text : input.image)}`;
  const [known] = await cache.vectors([name], signal);
  if (known !== null && known !== undefined) return known;
  const embedded = await embedder.embed(model, [input], { thumbnails: false }, signal);
  const { vectors, refused } = embedded;
  if (embedded.digest !== digest)
    throw new Problem("model-mismatch", "The embedder has just got other weights; try again.");
  const vector = vectors[0];
  if (vector === null || vector === undefined) {
    const refusedFor = refused[0];
    const code =
      refusedFor?.code === "unsupported-media-type" ? "unsupported-media-type" : "media-rejected";
    throw new Problem(code, refusedFor?.message ?? "The picture can't be used.", {
      errors: [{ pointer: at, message: "refused by the decoder" }],
    });
  }
  void cache.keepVectors([{ name, vector }], AbortSignal.timeout(1_000));
  return vector;
}

import { Problem } from "../../shared/contracts/problems.ts";
import { required } from "../../shared/std/assert.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { RegionCache } from "../ports/region-cache.ts";

export interface EmbedTextsDeps {
  readonly embedder: Embedder;
  readonly cache: Pick<RegionCache, "vectors" | "keepVectors">;
}

/** Texts embedded between two notes of how far it got: seconds of work on a CPU. */
const TEXTS_AT_ONCE = 64;
/** Long enough for a request that ran out of time to be repeated. */
const KEPT_S = 120;
const KEEP_MS_MAX = 1_000;

/**
 * Vectors of documents' texts. Where there are many they are kept for two minutes as they come, so that a request which ran out of
 * time gets further each time that it is repeated.
 *
 * @returns one a text, in order, and the digest of the weights that made them
 * @throws Problem `embedder-unavailable`, `overloaded`, `deadline-exceeded`, `model-mismatch` where the weights changed meanwhile
 */
export async function embedTexts(
  { embedder, cache }: EmbedTextsDeps,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly vectors: readonly Float32Array[]; readonly digest: string }> {
  const many = texts.length > TEXTS_AT_ONCE;
  const { digest } = await embedder.model("text", signal);
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
    const batch = texts.slice(start, start + TEXTS_AT_ONCE);
    const names = batch.map((text) => `${digest}:${sha256Hex(text)}`);
    const known = many ? await cache.vectors(names, signal) : names.map(() => null);
    const missing = [...known.keys()].filter((i) => (known[i] ?? null) === null);
    const made = await embedMissing(
      embedder,
      digest,
      missing.map((i) => batch[i] ?? ""),
      signal,
    );
    const byIndex = new Map(missing.map((i, at) => [i, made[at]]));
    if (many && missing.length > 0)
      await cache.keepVectors(
        missing.flatMap((i) => {
          const [name, vector] = [names[i], byIndex.get(i)];
          return name === undefined || vector === undefined ? [] : [{ name, vector }];
        }),
        // Also when the time is up: the next try begins behind it.
        AbortSignal.timeout(KEEP_MS_MAX),
        KEPT_S,
      );
    for (const i of batch.keys())
      vectors.push(required(known[i] ?? byIndex.get(i), "each text is known or made"));
  }
  return { vectors, digest };
}

async function embedMissing(
  embedder: Embedder,
  digest: string,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  if (texts.length === 0) return [];
  const inputs = texts.map((text) => ({ text }));
  const embedded = await embedder.embed("text", inputs, { thumbnails: false }, signal);
  if (embedded.digest !== digest)
    throw new Problem("model-mismatch", "The embedder has just got other weights; try again.");
  return texts.map((_, i) => {
    const vector = embedded.vectors[i];
    if (vector === null || vector === undefined)
      throw new Problem("embedder-unavailable", "The embedder left out a text.");
    return vector;
  });
}

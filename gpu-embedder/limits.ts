import { EMBEDDER_LIMITS } from "../shared/contracts/embedder.ts";

/** Bounds of one run of a model. */
export interface BatchLimits {
  readonly itemsMax: number;
  /** Of a batch after padding: its longest input times its inputs. */
  readonly tokensMax: number;
  /** Between the longest and the shortest input: bounds what padding wastes. */
  readonly spreadTokensMax: number;
}

/**
 * On a CPU a batch gains nothing beyond a few hundred tokens, while everyone waits for it: 512 padded tokens take
 * 0.08 s on two cores. A GPU needs large ones to be filled.
 */
export const TEXT_BATCH = {
  cpu: { itemsMax: 32, tokensMax: 512, spreadTokensMax: 32 },
  cuda: { itemsMax: 256, tokensMax: 16_384, spreadTokensMax: 64 },
} as const satisfies Record<string, BatchLimits>;

/** A question and a passage, as a cross-encoder reads them together. */
export const RERANK_TOKENS_MAX = 512;

/** Pictures are all of one size and count as one token each. */
export const PICTURE_BATCH = {
  cpu: { itemsMax: 8, tokensMax: 8, spreadTokensMax: 0 },
  cuda: { itemsMax: 64, tokensMax: 64, spreadTokensMax: 0 },
} as const satisfies Record<string, BatchLimits>;

export const QUEUE_LIMITS = {
  /** Four of the largest calls; at 4 ms each the last one waits 4 s on two cores. */
  textsWaitingMax: 4 * EMBEDDER_LIMITS.inputsPerCallMax,
  /** Being decoded or waiting for the model: decoded ones hold 150 kB each. */
  picturesWaitingMax: 2 * EMBEDDER_LIMITS.inputsPerCallMax,
  /** Pictures of one call that may stand before the decoders, so that other calls get between them. */
  picturesDecodingPerCallMax: 4,
  /** Bodies held at once, all requests together. */
  bodiesBytesMax: 256 * 1024 * 1024,
  /** Longest time that one picture may take its decoder; 50 megapixels took about 1 s on a busy machine. */
  decodeMsMax: 5_000,
  decodersMax: 32,
} as const;

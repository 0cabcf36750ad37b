import type { Modality, ModelDigest } from "../../shared/contracts/embedder.ts";

/** What a loaded model says about itself. */
export interface ModelInfo {
  readonly id: string;
  readonly digest: ModelDigest;
  readonly modality: Modality;
  readonly dimension: number;
  /** Longer texts are cut. */
  readonly maxTokens?: number;
}

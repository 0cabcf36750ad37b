import type { Modality, ModelDigest } from "../../shared/contracts/embedder.ts";

/** What a loaded model says about itself. */
export interface ModelInfo {
  readonly id: string;
  readonly digest: ModelDigest;
  readonly modality: Modality;
  readonly dimension: number;
  /** Longer texts are cut. */
  readonly maxTokens?: number;
  /** Of a picture model: the text model whose vectors meet its own in one space. */
  readonly textTower?: Pick<ModelInfo, "id" | "digest">;
}

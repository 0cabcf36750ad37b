export type EmbedInput = { readonly text: string } | { readonly image: string };

/** A picture as its bytes showed it. */
export interface SeenPicture {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  /** WebP, base64. */
  readonly thumbnail: string;
}

export interface Embedded {
  /** Digest of the model's weights. */
  readonly digest: string;
  /** Unit vectors in input order; null where that input was refused. */
  readonly vectors: readonly (Float32Array | null)[];
  readonly refused: readonly {
    readonly index: number;
    readonly code: string;
    readonly message: string;
  }[];
  readonly pictures: readonly (SeenPicture | null)[];
}

export interface ModelInfo {
  readonly digest: string;
  readonly dimension: number;
  /** Of a picture model: digest of the text model whose vectors meet its own in one space; null where there is none. */
  readonly textTower: string | null;
}

/** Turns texts and pictures into vectors. Throws Problem `embedder-unavailable`, `overloaded` or `deadline-exceeded`. */
export interface Embedder {
  /** `image` inputs are base64 of a picture's bytes. Any number of inputs: the adapter splits them. */
  embed(
    model: "text" | "image",
    inputs: readonly EmbedInput[],
    options: { readonly thumbnails: boolean },
    signal: AbortSignal,
  ): Promise<Embedded>;
  model(model: "text" | "image", signal: AbortSignal): Promise<ModelInfo>;
}

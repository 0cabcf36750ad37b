export interface Reranked {
  /** What reranked, with what weights: as `identify` names it. */
  readonly model: string;
  /** One a text, in their order; higher is better. */
  readonly scores: readonly number[];
}

/** Reads texts beside a question. Throws Problem `embedder-unavailable`, `overloaded` or `deadline-exceeded`. */
export interface Reranker {
  /**
   * @param model name of a cross-encoder; null: late interaction over the text model's token vectors
   * @param texts 1 to 100
   */
  rerank(
    model: string | null,
    query: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Reranked>;
  /** The model of that name, with the digest of its weights; null where there is none. May be half a minute old. */
  identify(model: string | null, signal: AbortSignal): Promise<string | null>;
}

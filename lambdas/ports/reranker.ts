export interface Reranked {
  /** What reranked, with what weights. */
  readonly model: string;
  /** One a text, in their order; higher is better. */
  readonly scores: readonly number[];
}

/** Reads texts beside a question. Throws Problem `embedder-unavailable`, `overloaded` or `deadline-exceeded`. */
export interface Reranker {
  /** @param texts 1 to 100 */
  rerank(query: string, texts: readonly string[], signal: AbortSignal): Promise<Reranked>;
}

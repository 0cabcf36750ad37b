export interface Tokenizer {
  /**
   * The text's token ids, the special ones at both ends included; cut to `maxTokens`, of which the last is then
   * still the closing one. Total: every string has tokens.
   */
  encode(text: string, maxTokens: number): readonly number[];
}

/** A question and a text as one input of a cross-encoder. */
export interface TokenPair {
  readonly ids: readonly number[];
  /** By token: 0 for the question's side, 1 for the text's, where the model tells them apart. */
  readonly types: readonly number[];
}

export interface PairTokenizer {
  /**
   * Both with the special tokens around and between them, at most `maxTokens` together: a long question is cut to `questionTokensMax`, the
   * text to what is left. Total, as above.
   */
  encodePair(
    question: string,
    text: string,
    limits: { readonly maxTokens: number; readonly questionTokensMax: number },
  ): TokenPair;
}

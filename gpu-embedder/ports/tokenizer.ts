export interface Tokenizer {
  /**
   * The text's token ids, the special ones at both ends included; cut to `maxTokens`, of which the last is then
   * still the closing one. Total: every string has tokens.
   */
  encode(text: string, maxTokens: number): readonly number[];
}

import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { assert, required } from "../../shared/std/assert.ts";
import type { Tokenizer } from "../ports/tokenizer.ts";

/** English and most other texts have more than 256 tokens in this many characters. */
const PREFIX_CHARS = 4_096;

/** A tokenizer from the files `tokenizer.json` and `tokenizer_config.json`; the padding and cutting they ask for is not applied. */
export function bertTokenizer(tokenizerJson: string, configJson: string): Tokenizer {
  const tokenizer = new HuggingFaceTokenizer(
    asObject(JSON.parse(tokenizerJson)),
    asObject(JSON.parse(configJson)),
  );
  const closing = required(tokenizer.token_to_id("[SEP]"), "the vocabulary has [SEP]");
  return {
    encode(text, maxTokens) {
      const prefix = wordsWithin(text, PREFIX_CHARS);
      let { ids } = tokenizer.encode(prefix);
      // Words are tokenised one by one, so a prefix of whole words with enough tokens has the same first tokens as the text.
      if (ids.length <= maxTokens && prefix.length < text.length) ids = tokenizer.encode(text).ids;
      return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), closing];
    },
  };
}

/** The longest prefix of at most `charsMax` that ends before a space, or the whole text if there is none. */
function wordsWithin(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const space = text.lastIndexOf(" ", charsMax);
  return space > 0 ? text.slice(0, space) : text;
}

function asObject(value: unknown): object {
  assert(typeof value === "object" && value !== null, "a tokenizer's file holds an object");
  return value;
}

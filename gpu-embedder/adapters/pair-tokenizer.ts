import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { assert, required } from "../../shared/std/assert.ts";
import type { PairTokenizer } from "../ports/tokenizer.ts";

/** Texts rarely have more than so many characters a token: of a long one no more is tokenised than can count. */
const CHARS_PER_TOKEN = 16;

/** The special tokens of a pair, each with its type, as the tokenizer's own post-processor sets them. */
interface Template {
  readonly before: readonly Token[];
  readonly between: readonly Token[];
  readonly after: readonly Token[];
  readonly questionType: number;
  readonly textType: number;
}
interface Token {
  readonly id: number;
  readonly type: number;
}

/** A tokenizer of pairs from the files `tokenizer.json` and `tokenizer_config.json`. Throws if it makes no pairs. */
export function pairTokenizer(tokenizerJson: string, configJson: string): PairTokenizer {
  const tokenizer = new HuggingFaceTokenizer(
    asObject(JSON.parse(tokenizerJson)),
    asObject(JSON.parse(configJson)),
  );
  const plain = (text: string, tokensMax: number) =>
    plainIds(tokenizer, text.slice(0, tokensMax * CHARS_PER_TOKEN)).slice(0, tokensMax);
  const { before, between, after, questionType, textType } = templateOf(tokenizer);
  const specials = before.length + between.length + after.length;
  return {
    encodePair(question, text, { maxTokens, questionTokensMax }) {
      const asked = plain(question, Math.min(questionTokensMax, maxTokens - specials));
      const read = plain(text, maxTokens - specials - asked.length);
      const tokens = [
        ...before,
        ...asked.map((id) => ({ id, type: questionType })),
        ...between,
        ...read.map((id) => ({ id, type: textType })),
        ...after,
      ];
      return { ids: tokens.map(({ id }) => id), types: tokens.map(({ type }) => type) };
    },
  };
}

/** Found out by a pair that is known: a library that cuts pairs is not to be had, and it must be cut inside. */
function templateOf(tokenizer: HuggingFaceTokenizer): Template {
  const [question, text] = ["a", "b"];
  const pair = tokenizer.encode(question, { text_pair: text, return_token_type_ids: true });
  const ids: readonly number[] = pair.ids;
  const types: readonly number[] = pair.token_type_ids;
  const tokens = ids.map((id, i) => ({ id, type: types[i] ?? 0 }));
  const asked = plainIds(tokenizer, question);
  const read = plainIds(tokenizer, text);
  const from = placeOf(ids, asked, 0);
  const to = placeOf(ids, read, from + asked.length);
  return {
    before: tokens.slice(0, from),
    between: tokens.slice(from + asked.length, to),
    after: tokens.slice(to + read.length),
    questionType: required(tokens[from], "the question has a token").type,
    textType: required(tokens[to], "the text has a token").type,
  };
}

function plainIds(tokenizer: HuggingFaceTokenizer, text: string): readonly number[] {
  return tokenizer.encode(text, { add_special_tokens: false }).ids;
}

function placeOf(ids: readonly number[], part: readonly number[], from: number): number {
  for (let at = from; at + part.length <= ids.length; at++)
    if (part.length > 0 && part.every((id, i) => ids[at + i] === id)) return at;
  throw new Error("the tokenizer makes no pairs of a question and a text");
}

function asObject(value: unknown): object {
  assert(typeof value === "object" && value !== null, "a tokenizer's file holds an object");
  return value;
}

import { DataType, type FieldType, type FunctionObject } from "@zilliz/milvus2-sdk-node";
import { foldedWords } from "./folded-words.ts";
import { TEXT_BYTES_MAX } from "./milvus-nulls.ts";

/** A row's words, folded, with spaces between; empty where the row has no text: the input of a function can't be null. */
export const WORDS_FIELD = "words";
/** What the server makes of them: how often each word stands there. */
export const WORDS_VECTOR = "words_bm25";

export const WORD_FIELDS: readonly FieldType[] = [
  {
    name: WORDS_FIELD,
    data_type: DataType.VarChar,
    max_length: TEXT_BYTES_MAX,
    enable_analyzer: true,
    // The plainest analyzer, which every server has: words come to it folded, as milvus-lite folds no accents.
    analyzer_params: { tokenizer: "standard" },
  },
  { name: WORDS_VECTOR, data_type: DataType.SparseFloatVector, is_function_output: true },
];

export const WORD_FUNCTIONS: readonly FunctionObject[] = [
  {
    name: "words_to_bm25",
    type: "BM25",
    input_field_names: [WORDS_FIELD],
    output_field_names: [WORDS_VECTOR],
    params: {},
  },
];

export const WORD_VECTOR_FIELD = { name: WORDS_VECTOR, index: { kind: "WORDS" } } as const;

/**
 * The words of a text as they are stored and asked for.
 *
 * @returns at most TEXT_BYTES_MAX bytes: of a longer text its first words
 */
export function storedWords(text: string): string {
  const words = foldedWords(text).join(" ");
  if (Buffer.byteLength(words) <= TEXT_BYTES_MAX) return words;
  const { read } = new TextEncoder().encodeInto(words, new Uint8Array(TEXT_BYTES_MAX));
  const end = words.lastIndexOf(" ", read);
  return words.slice(0, end === -1 ? read : end);
}

import { sentences } from "../../shared/domain/passages.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { Generator, GeneratorEvent, GeneratorSource } from "../ports/generator.ts";

/** Sentences read of all sources together: what the embedder takes in about a quarter of a second. */
const SENTENCES_READ_MAX = 48;
const SENTENCES_QUOTED_MAX = 4;
/** A sentence this much less like the question than the best one is left out, as a share of the best similarity. */
const SIMILARITY_SHARE_MIN = 0.85;
/** Headings and fragments answer nothing. */
const SENTENCE_CHARS_MIN = 12;

interface Sentence {
  readonly source: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** As it is compared with the question: a sentence on "exports" does not say of which country. */
  readonly inContext: string;
}

/** Answers with the sources' own sentences: those most like the question by the text model, quoted to the letter and cited. */
export class ExtractiveGenerator implements Generator {
  readonly name = "extractive";
  readonly #embedder: Embedder;

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  async *generate(
    question: string,
    sources: readonly GeneratorSource[],
    signal: AbortSignal,
  ): AsyncIterable<GeneratorEvent> {
    const read = sources
      .flatMap((source, index) => sentencesOf(source, index))
      .slice(0, SENTENCES_READ_MAX);
    const quoted = read.length === 0 ? [] : await this.#choose(question, read, signal);
    for (const { source, start, end, text } of quoted) {
      yield { kind: "text", text };
      yield { kind: "citation", source, start, end };
    }
    yield { kind: "usage", sentencesRead: read.length, sentencesQuoted: quoted.length };
  }

  /** The sentences most like the question; in the order of their sources, which is the order of relevance. */
  async #choose(
    question: string,
    read: readonly Sentence[],
    signal: AbortSignal,
  ): Promise<Sentence[]> {
    const inputs = [question, ...read.map(({ inContext }) => inContext)].map((text) => ({ text }));
    const { vectors } = await this.#embedder.embed("text", inputs, { thumbnails: false }, signal);
    const asked = vectors[0];
    if (asked === null || asked === undefined) return [];
    const scored = read.flatMap((sentence, i) => {
      const vector = vectors[i + 1];
      return vector === null || vector === undefined
        ? []
        : [{ sentence, similarity: dotProduct(asked, vector) }];
    });
    const best = Math.max(...scored.map(({ similarity }) => similarity));
    return distinct(scored.toSorted((a, b) => b.similarity - a.similarity))
      .filter(({ similarity }) => similarity >= best * SIMILARITY_SHARE_MIN)
      .slice(0, SENTENCES_QUOTED_MAX)
      .map(({ sentence }) => sentence)
      .sort((a, b) => a.source - b.source || a.start - b.start);
  }
}

function sentencesOf({ text, title }: GeneratorSource, source: number): Sentence[] {
  return sentences(text).flatMap(({ start, end }) => {
    const trimmed = text.slice(start, end).trim();
    if (trimmed.length < SENTENCE_CHARS_MIN) return [];
    const from = start + text.slice(start, end).indexOf(trimmed);
    const inContext = title === undefined ? trimmed : `${title}. ${trimmed}`;
    return [{ source, start: from, end: from + trimmed.length, text: trimmed, inContext }];
  });
}

/** Two sources may say the same sentence: it is quoted once. */
function distinct(scored: readonly { sentence: Sentence; similarity: number }[]) {
  const seen = new Set<string>();
  return scored.filter(
    ({ sentence }) => !seen.has(sentence.text) && seen.add(sentence.text) !== undefined,
  );
}

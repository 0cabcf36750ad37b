/** A source as a generator may use it: quoted text with its place in the list of sources. */
export interface GeneratorSource {
  readonly id: string;
  readonly text: string;
  /** What the text is about, where it does not say so itself. */
  readonly title?: string;
}

export type GeneratorEvent =
  | { readonly kind: "text"; readonly text: string }
  /** What the text just given rests on: a span of a source's text. */
  | {
      readonly kind: "citation";
      readonly source: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "usage"; readonly sentencesRead: number; readonly sentencesQuoted: number };

/** Writes an answer from sources. It gets no tools and no secrets, so a hostile source can change wording only. */
export interface Generator {
  readonly name: string;
  generate(
    question: string,
    sources: readonly GeneratorSource[],
    signal: AbortSignal,
  ): AsyncIterable<GeneratorEvent>;
}

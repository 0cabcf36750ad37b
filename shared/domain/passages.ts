import { split } from "llm-splitter";

/** A passage of a document's text: `text` = document.slice(start, end), offsets in UTF-16 units. */
export interface Passage {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * In pieces, each a token or more: the text model reads 256, a title and the special ones among them, and a passage must not be cut off
 * unseen. Of 303 answers about Perl and the demo's 5,342 texts the longest passage has 222 tokens.
 */
const PASSAGE_PIECES_MAX = 220;
/** Characters of a piece in a script whose words the model knows: so 800 or more of English make a passage. */
const PIECE_CHARACTERS = 4;
/** Marks are a token each; and of what is beyond the Latin letters the model knows hardly more than single characters. */
const ALONE = /[!-/:-@[-`{-~]|[\u0250-\u{10ffff}]/u;

/**
 * Splits a text into passages of whole sentences, none longer than the text model reads; a longer sentence is cut at white space,
 * and a word that is too long between characters. White space around passages is left out; every other character is in exactly
 * one passage.
 */
export function splitPassages(text: string): Passage[] {
  // The library leaves white space out of its count; as a letter it counts, and stays in its place.
  const counted = text.replace(/\s/g, "x");
  const units = sentences(text).flatMap(({ start, end }) =>
    pieces(counted.slice(start, end)).length <= PASSAGE_PIECES_MAX
      ? [counted.slice(start, end)]
      : words(text.slice(start, end)).map((word) => word.replace(/\s/g, "x")),
  );
  // Each unit is a "paragraph": kept whole where one fits.
  const chunks = split(units, {
    chunkSize: PASSAGE_PIECES_MAX,
    chunkStrategy: "paragraph",
    splitter: pieces,
  });
  return chunks.flatMap(({ start, end }) => trimmed(text, start, end));
}

/** Sentences of a text by the platform's Unicode rules (UAX 29), in order and without gaps. */
export function sentences(text: string): { start: number; end: number }[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return [...segmenter.segment(text)].map(({ index, segment }) => ({
    start: index,
    end: index + segment.length,
  }));
}

/** Words, each with the white space behind it. */
function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** A text cut into pieces, in order and without gaps. */
function pieces(text: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = [];
  let start = 0;
  let at = 0;
  let characters = 0;
  const close = () => {
    if (at > start) found.push({ text: text.slice(start, at), start });
    start = at;
    characters = 0;
  };
  for (const character of text) {
    const alone = ALONE.test(character);
    if (alone) close();
    at += character.length;
    characters += 1;
    if (alone || characters === PIECE_CHARACTERS) close();
  }
  close();
  return found;
}

/** One passage, or none where there is only white space. */
function trimmed(text: string, start: number, end: number): Passage[] {
  const raw = text.slice(start, end);
  const from = start + (raw.length - raw.trimStart().length);
  const inner = raw.trim();
  return inner === "" ? [] : [{ text: inner, start: from, end: from + inner.length }];
}

/** A passage of a document's text: `text` = document.slice(start, end), offsets in UTF-16 units. */
export interface Passage {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** About 200 tokens of English: the text model reads 256, and a passage must not be cut off unseen. */
const PASSAGE_CHARS_MAX = 800;

/**
 * Splits a text into passages of whole sentences, none longer than a passage may be; a longer sentence is cut
 * at white space. White space around passages is left out; every other character is in exactly one passage.
 */
export function splitPassages(text: string): Passage[] {
  const passages: Passage[] = [];
  let start = 0;
  let end = 0;
  for (const piece of pieces(text)) {
    if (end > start && piece.end - start > PASSAGE_CHARS_MAX) {
      push(passages, text, start, end);
      start = piece.start;
    }
    end = piece.end;
  }
  push(passages, text, start, end);
  return passages;
}

/** Sentences of a text by the platform's Unicode rules (UAX 29), in order and without gaps. */
export function sentences(text: string): { start: number; end: number }[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return [...segmenter.segment(text)].map(({ index, segment }) => ({
    start: index,
    end: index + segment.length,
  }));
}

/** Sentences, the too long ones cut. */
function* pieces(text: string): Generator<{ start: number; end: number }> {
  for (const sentence of sentences(text)) {
    let start = sentence.start;
    while (sentence.end - start > PASSAGE_CHARS_MAX) {
      const end = cutBefore(text, start, start + PASSAGE_CHARS_MAX);
      yield { start, end };
      start = end;
    }
    yield { start, end: sentence.end };
  }
}

/** The last white space of the second half, else the limit itself, moved off the middle of a surrogate pair. */
function cutBefore(text: string, start: number, limit: number): number {
  for (let at = limit; at > start + PASSAGE_CHARS_MAX / 2; at--) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  const unit = text.charCodeAt(limit);
  return unit >= 0xdc00 && unit <= 0xdfff ? limit - 1 : limit;
}

function push(passages: Passage[], text: string, start: number, end: number): void {
  const raw = text.slice(start, end);
  const trimmedStart = start + (raw.length - raw.trimStart().length);
  const trimmed = raw.trim();
  if (trimmed !== "")
    passages.push({ text: trimmed, start: trimmedStart, end: trimmedStart + trimmed.length });
}

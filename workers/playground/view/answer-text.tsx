import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Citation } from "../../../shared/contracts/rag.ts";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import type { Sentence, Written } from "../state/page-state.ts";

/**
 * The sentences, each with a numbered chip that opens its passage in place. Quoted ones stand in a list, since they were not
 * written to follow one another; written ones make a paragraph.
 */
export function AnswerText({ written }: { readonly written: Written }): JSX.Element | null {
  const [open, setOpen] = useState<number | null>(null);
  const { sentences, sources } = written;
  if (sentences.length === 0 || sources === null) return null;
  const draw = (sentence: Sentence, place: number) => {
    const lastWord = sentence.text.lastIndexOf(" ") + 1;
    return (
      <>
        {sentence.text.slice(0, lastWord)}
        <span class="tied">
          {sentence.text.slice(lastWord)}
          <Chip
            sentence={sentence}
            isOpen={open === place}
            onToggle={() => setOpen(open === place ? null : place)}
          />
        </span>
      </>
    );
  };
  const passageOf = (sentence: Sentence | undefined) =>
    sentence === undefined || sentence.citation === null ? null : (
      <Passage citation={sentence.citation} source={sources.sources[sentence.citation.source]} />
    );
  if (sources.generator === "extractive") {
    return (
      <ul class="prose quotes">
        {sentences.map((sentence, place) => (
          <li key={place}>
            {draw(sentence, place)}
            {open === place && passageOf(sentence)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <>
      <p class="prose">
        {sentences.map((sentence, place) => (
          <span key={place}>{draw(sentence, place)} </span>
        ))}
      </p>
      {open !== null && passageOf(sentences[open])}
    </>
  );
}

interface ChipProps {
  readonly sentence: Sentence;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** Stands with the last word, so that a number never begins a line. */
function Chip({ sentence, isOpen, onToggle }: ChipProps): JSX.Element | null {
  if (sentence.citation === null) return null;
  const number = sentence.citation.source + 1;
  return (
    <button
      type="button"
      class="chip"
      aria-expanded={isOpen}
      aria-label={`Source ${number}`}
      onClick={onToggle}
    >
      {number}
    </button>
  );
}

interface PassageProps {
  readonly citation: Citation;
  readonly source: Hit | undefined;
}

function Passage({ citation, source }: PassageProps): JSX.Element | null {
  if (source?.passage === undefined) return null;
  const { text } = source.passage;
  const { start, end } = citation.span;
  return (
    <figure class="quote">
      <blockquote>
        {text.slice(0, start)}
        <mark>{text.slice(start, end)}</mark>
        {text.slice(end)}
      </blockquote>
      <figcaption>
        {citation.source + 1}. {source.title ?? source.id}
      </figcaption>
    </figure>
  );
}

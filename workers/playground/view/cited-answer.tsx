import type { JSX } from "preact";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import type { PageState, Written } from "../state/page-state.ts";
import { AnswerText } from "./answer-text.tsx";

/** A written answer to the query, on demand: its sources first, then sentences with numbered chips. */
export function CitedAnswer({
  state: { written },
}: {
  readonly state: PageState;
}): JSX.Element | null {
  if (written === null) return null;
  return (
    <section
      class="answer"
      aria-label="Answer"
      aria-busy={written.phase === "asking" || written.phase === "writing"}
    >
      <h2>Answer</h2>
      <p class="note-line">{makerWords(written)}</p>
      <AnswerText written={written} />
      <Sources written={written} />
    </section>
  );
}

function makerWords({ phase, sources, usage, sentences }: Written): string {
  if (sources === null) return "Finding sources…";
  const maker =
    sources.generator === "extractive"
      ? "Extractive: sentences are quoted from the sources, nothing is written."
      : `Written by ${sources.generator}.`;
  if (phase === "broken") return `${maker} It broke off: what is here is right, but not whole.`;
  if (phase === "done" && sentences.length === 0)
    return `${maker} No sentence of the sources answers this.`;
  return usage === null
    ? maker
    : `${maker} ${usage.sentencesQuoted} of ${usage.sentencesRead} sentences read.`;
}

/** Sources that are cited stand apart from those that were only read. */
function Sources({ written }: { readonly written: Written }): JSX.Element | null {
  if (written.sources === null) return null;
  const cited = new Set(
    written.sentences.flatMap(({ citation }) => (citation === null ? [] : [citation.source])),
  );
  const numbered = written.sources.sources.map((source, place) => ({ source, place }));
  const [used, unused] = [
    numbered.filter(({ place }) => cited.has(place)),
    numbered.filter(({ place }) => !cited.has(place)),
  ];
  return (
    <div class="sources">
      {used.length > 0 && <SourceList title="Cited" sources={used} />}
      {unused.length > 0 && (
        <SourceList
          title={written.phase === "done" ? "Read, not cited" : "Sources"}
          sources={unused}
        />
      )}
    </div>
  );
}

function SourceList({
  title,
  sources,
}: {
  readonly title: string;
  readonly sources: readonly { readonly source: Hit; readonly place: number }[];
}): JSX.Element {
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {sources.map(({ source, place }) => (
          <li key={source.id}>
            <span class="number">{place + 1}</span> {source.title ?? source.id}
          </li>
        ))}
      </ul>
    </div>
  );
}

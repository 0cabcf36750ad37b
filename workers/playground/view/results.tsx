import type { JSX } from "preact";
import type { Page } from "../state/page.ts";
import { isPicture, type PageState, type Shown } from "../state/page-state.ts";
import { hasQuestion } from "../state/to-request.ts";
import { strongCount } from "../words/weak-tail.ts";
import { CitedAnswer } from "./cited-answer.tsx";
import { NothingFound } from "./nothing-found.tsx";
import { PassageHit } from "./passage-hit.tsx";
import { PictureHit } from "./picture-hit.tsx";
import { Welcome } from "./welcome.tsx";
import { WhyAnswer } from "./why-answer.tsx";

interface ResultsProps {
  readonly page: Page;
  readonly state: PageState;
}

/** The hits: pictures first, since they are seen at once, then passages. */
export function Results({ page, state }: ResultsProps): JSX.Element {
  const { shown, searching } = state;
  if (shown === null) return searching ? <Skeleton /> : <Welcome state={state} />;
  const { hits } = shown.reply;
  if (hits.length === 0) return <NothingFound page={page} state={state} />;
  const pictures = hits.filter(isPicture);
  const passages = hits.filter((hit) => !isPicture(hit));
  return (
    <>
      <Asks page={page} state={state} />
      {state.explaining && <WhyAnswer shown={shown} />}
      <CitedAnswer state={state} />
      <HitList
        title="Pictures"
        kind="pictures"
        hits={pictures}
        render={(hit, rank) => (
          <PictureHit key={hit.id} hit={hit} rank={rank} shown={shown} page={page} />
        )}
        all={hits}
      />
      <HitList
        title="Passages"
        kind="passages"
        hits={passages}
        render={(hit, rank) => (
          <PassageHit key={hit.id} hit={hit} rank={rank} shown={shown} page={page} />
        )}
        all={hits}
      />
    </>
  );
}

/** What more can be asked about the answer. */
function Asks({ page, state }: ResultsProps): JSX.Element | null {
  const { shown, written, explaining } = state;
  if (shown === null) return null;
  return (
    <p class="asks">
      {written === null && hasQuestion(shown.draft) && (
        <button type="button" class="small" onClick={() => void page.answer()}>
          Answer this from the passages
        </button>
      )}
      <button
        type="button"
        class="small"
        aria-expanded={explaining}
        aria-controls="why-answer"
        onClick={() => void page.setExplaining(!explaining)}
      >
        Why these results
      </button>
    </p>
  );
}

type Hits = Shown["reply"]["hits"];

interface HitListProps {
  readonly title: string;
  readonly kind: "pictures" | "passages";
  readonly hits: Hits;
  /** Ranks count over all hits. */
  readonly all: Hits;
  readonly render: (hit: Hits[number], rank: number) => JSX.Element;
}

/** Strong hits, then the weak tail, folded behind a rule. */
function HitList({ title, kind, hits, all, render }: HitListProps): JSX.Element | null {
  if (hits.length === 0) return null;
  const strong = strongCount(hits.map(({ score }) => score));
  const drawn = hits.map((hit) => render(hit, all.indexOf(hit) + 1));
  const weak = hits.length - strong;
  return (
    <section aria-label={title}>
      <h2>
        {title} <span class="muted">{hits.length}</span>
      </h2>
      <ol class={kind}>{drawn.slice(0, strong)}</ol>
      {weak > 0 && (
        <details class="tail">
          <summary>{weak} more, less similar</summary>
          <ol class={kind}>{drawn.slice(strong)}</ol>
        </details>
      )}
    </section>
  );
}

/** The shape of what is coming, only while there is nothing older to look at. */
function Skeleton(): JSX.Element {
  return (
    <ol class="pictures skeleton" aria-hidden="true">
      {Array.from({ length: 8 }, (_, place) => (
        <li key={place} class="picture">
          <div class="matte" />
          <div class="line" />
        </li>
      ))}
    </ol>
  );
}

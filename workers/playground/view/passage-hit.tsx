import type { JSX } from "preact";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import type { Page } from "../state/page.ts";
import type { Shown } from "../state/page-state.ts";
import { markWords } from "../words/mark-words.ts";
import { HitFacts } from "./hit-facts.tsx";

interface PassageHitProps {
  readonly hit: Hit;
  readonly rank: number;
  readonly shown: Shown;
  readonly page: Page;
}

export function PassageHit({ hit, rank, shown, page }: PassageHitProps): JSX.Element {
  return (
    <li class="passage">
      <h3>
        <span class="rank" aria-hidden="true">
          {rank}
        </span>
        {hit.title ?? hit.id}
      </h3>
      {hit.passage !== undefined && (
        <p>
          {markWords(hit.passage.text, shown.draft.words.negative ? "" : shown.draft.text).map(
            ({ text, marked }) => (marked ? <mark>{text}</mark> : text),
          )}
        </p>
      )}
      <HitFacts hit={hit} shown={shown} page={page} />
    </li>
  );
}

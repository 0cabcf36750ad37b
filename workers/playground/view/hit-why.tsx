import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import { partsOf, type Part } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import type { Shown } from "../state/page-state.ts";
import { scoreWords } from "../words/numbers.ts";
import { rerankWords, shareRows } from "../words/share-rows.ts";

interface HitWhyProps {
  readonly hit: Hit;
  readonly shown: Shown;
  readonly page: Page;
}

/** Why a hit stands where it stands. Opened, it asks for what it needs, and again when another answer takes the place. */
export function HitWhy({ hit, shown, page }: HitWhyProps): JSX.Element {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (open) void page.explain();
  }, [open, shown, page]);
  const explained = shown.explained?.reply.hits.find(({ id }) => id === hit.id);
  return (
    <details class="hit-why" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Why<span class="sr">: {hit.title ?? hit.id}</span>
      </summary>
      {open &&
        (explained === undefined ? (
          <p class="why">Asking how this came about…</p>
        ) : (
          <Shares hit={explained} parts={partsOf(shown.draft)} />
        ))}
    </details>
  );
}

interface SharesProps {
  /** With its explanation. */
  readonly hit: Hit;
  readonly parts: readonly Part[];
}

/** What each ranking gave, which adds up to the score. */
function Shares({ hit, parts }: SharesProps): JSX.Element | null {
  const { explain } = hit;
  if (explain === undefined) return null;
  const rows = shareRows(hit, parts);
  const sum = rows.reduce((total, { share }) => total + share, 0);
  const reranked = rerankWords(explain, hit.score);
  return (
    <>
      <ol class="shares">
        {rows.map(({ name, share, facts, length }, place) => (
          <li key={place}>
            <span class="share-name">{name}</span>
            <span class="number">{scoreWords(share)}</span>
            <svg
              class={share < 0 ? "bars taken" : "bars there"}
              viewBox="0 0 1 1"
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <rect x={0} y={0} width={Math.max(length, 0.01)} height={1} />
            </svg>
            <span class="why">{facts}</span>
          </li>
        ))}
        <li class="sum">
          <span class="share-name">{reranked === null ? "score" : "score before"}</span>
          <span class="number">{scoreWords(sum)}</span>
        </li>
      </ol>
      {reranked !== null && <p class="why">{reranked}</p>}
      <p class="why">
        From shard {explain.shard}
        {hit.passage !== undefined && hit.media === undefined
          ? `, passage ${explain.passage + 1}`
          : ""}
        .
      </p>
    </>
  );
}

import type { JSX } from "preact";
import { DEMO } from "../state/draft.ts";
import type { PageState } from "../state/page-state.ts";
import { wholeWords } from "../words/numbers.ts";
import { TIERS, TIER_WORDS } from "../words/tier-words.ts";
import { TierLabel } from "./tier-label.tsx";

/** Before the first question: the idea, and what the four signs mean. */
export function Welcome({ state }: { readonly state: PageState }): JSX.Element {
  const { searchable, status } = state;
  return (
    <section class="welcome" aria-label="How it works">
      <h2>Ask, and see the answer travel. Ask again, and it is next door.</h2>
      {searchable !== null && status !== null && (
        <p class="muted">
          {wholeWords(searchable)}{" "}
          {state.draft.collection === DEMO ? "pictures and passages" : "documents"}, kept whole in
          each of {status.regions.length} regions.
        </p>
      )}
      <dl class="legend">
        {TIERS.map((tier) => (
          <div key={tier}>
            <dt>
              <TierLabel tier={tier} />
            </dt>
            <dd>{TIER_WORDS[tier].meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="muted keys">
        <kbd>/</kbd> to type, <kbd>Enter</kbd> to search, <kbd>Esc</kbd> to clear
      </p>
    </section>
  );
}

import type { JSX } from "preact";
import type { LedgerLine } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { msWords } from "../words/numbers.ts";
import { draftWords } from "../words/part-words.ts";
import { TierLabel } from "./tier-label.tsx";

/** The last queries with tier and time: the first asking beside its repeat. */
export function Ledger({
  page,
  lines,
}: {
  readonly page: Page;
  readonly lines: readonly LedgerLine[];
}): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <section aria-label="Last queries">
      <h2>Last queries</h2>
      <ol class="ledger">
        {lines.map(({ requestId, draft, tier, serverMs }) => (
          <li key={requestId}>
            <button
              type="button"
              class="again"
              title="Ask again"
              onClick={() => void page.search(draft)}
            >
              {draftWords(draft)}
            </button>
            <TierLabel tier={tier} />
            <span class="number">{msWords(serverMs)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

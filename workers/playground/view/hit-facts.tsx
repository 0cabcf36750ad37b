import type { JSX } from "preact";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import { EMPTY_DRAFT } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { scoreWords } from "../words/numbers.ts";

/** What found the hit, its score, whom to thank for it, and the way to its likes. */
export function HitFacts({ hit, page }: { readonly hit: Hit; readonly page: Page }): JSX.Element {
  const credit = creditOf(hit);
  const title = hit.title ?? hit.id;
  return (
    <>
      <p class="why">
        matched by {matchedWords(hit)} ·{" "}
        <span title="Fused over all rankings">{scoreWords(hit.score)}</span>
        {credit !== null && <span class="credit">{credit}</span>}
      </p>
      <button
        type="button"
        class="small like"
        onClick={() => void page.search({ ...EMPTY_DRAFT, like: { id: hit.id, title } })}
      >
        More like this<span class="sr">: {title}</span>
      </button>
    </>
  );
}

/** Branches in the user's words: of a picture, the text that is found is its caption. */
function matchedWords({ matchedBy, media }: Hit): string {
  const words = matchedBy.map((branch) => {
    if (branch === "image") return "picture";
    return branch === "text" && media !== undefined ? "caption" : branch;
  });
  return [...new Set(words)].join(" and ");
}

function creditOf({ metadata, media }: Hit): string | null {
  const [credit, licence] = [metadata?.["credit"], metadata?.["licence"]];
  const parts = [
    ...(typeof credit === "string" && media !== undefined ? [credit] : []),
    ...(typeof licence === "string" ? [licence] : []),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

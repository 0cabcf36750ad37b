import type { JSX } from "preact";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import { withLike } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import type { Shown } from "../state/page-state.ts";
import { scoreWords } from "../words/numbers.ts";
import { HitWhy } from "./hit-why.tsx";

interface HitFactsProps {
  readonly hit: Hit;
  readonly shown: Shown;
  readonly page: Page;
}

/** What found the hit, its score, whom to thank for it; the ways to its likes and away from them; and why it is here. */
export function HitFacts({ hit, shown, page }: HitFactsProps): JSX.Element {
  const credit = creditOf(hit);
  const { folded = [] } = hit;
  return (
    <>
      <p class="why">
        matched by {matchedWords(hit)} · {scoreWords(hit.score)}
        {folded.length > 0 && (
          <span class="credit">
            {folded.length} nearly the same {folded.length === 1 ? "is" : "are"} folded away
          </span>
        )}
        {credit !== null && <span class="credit">{credit}</span>}
      </p>
      <p class="likes">
        <LikeButton hit={hit} page={page} negative={false} words="More like this" />
        <LikeButton hit={hit} page={page} negative words="Less" />
      </p>
      <HitWhy hit={hit} shown={shown} page={page} />
    </>
  );
}

interface LikeButtonProps {
  readonly hit: Hit;
  readonly page: Page;
  readonly negative: boolean;
  readonly words: string;
}

/** Adds to the query, and takes nothing of it away. */
function LikeButton({ hit, page, negative, words }: LikeButtonProps): JSX.Element {
  const { id, media, title = id } = hit;
  const like = { id, title, thumbnailUrl: media?.thumbnailUrl ?? null };
  return (
    <button
      type="button"
      class="small like"
      onClick={() => void page.search(withLike(page.state.draft, like, negative))}
    >
      {words}
      <span class="sr">
        {negative ? " like this: " : ": "}
        {title}
      </span>
    </button>
  );
}

/** Branches in the user's words: of a picture, the text that is found is its caption. */
function matchedWords({ matchedBy, media }: Hit): string {
  const words = matchedBy.map((branch) => {
    if (branch === "image") return "picture";
    if (branch === "lexical") return "words";
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

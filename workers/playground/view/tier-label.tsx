import type { JSX } from "preact";
import type { Tier } from "../../../shared/contracts/retrieve.ts";
import { TIER_WORDS } from "../words/tier-words.ts";

/** Where an answer came from: glyph, word and colour. */
export function TierLabel({ tier }: { readonly tier: Tier }): JSX.Element {
  const { glyph, word, meaning } = TIER_WORDS[tier];
  return (
    <span class={`tier tier-${tier}`} title={meaning}>
      <span aria-hidden="true">{glyph}</span> {word}
    </span>
  );
}

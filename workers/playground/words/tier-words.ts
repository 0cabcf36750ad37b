import type { Tier } from "../../../shared/contracts/retrieve.ts";

interface TierWords {
  readonly glyph: string;
  readonly word: string;
  readonly meaning: string;
}

/** Tiers from near to far: a glyph and a word, so that colour is never alone. */
export const TIER_WORDS: Readonly<Record<Tier, TierWords>> = {
  isolate: { glyph: "●", word: "isolate", meaning: "in the memory of this very process" },
  edge: { glyph: "◐", word: "edge", meaning: "in this city's cache" },
  redis: { glyph: "◇", word: "redis", meaning: "in the nearest region's Redis" },
  region: { glyph: "□", word: "region", meaning: "searched anew, in a region" },
};

export const TIERS: readonly Tier[] = ["isolate", "edge", "redis", "region"];

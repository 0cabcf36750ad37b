import type { Contribution } from "../../shared/domain/fusion.ts";
import type { Found } from "./fan-out.ts";

/** A hit before its payload is read. */
export interface RankedHit {
  readonly id: string;
  /** The passage that matched best in the branch that counts most. */
  readonly candidate: Found;
  readonly score: number;
  readonly contributions: readonly Contribution[];
  /** Ids of near duplicates. */
  readonly folded: readonly string[];
}

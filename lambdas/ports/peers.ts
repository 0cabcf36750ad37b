import type { LookResult } from "../../shared/contracts/region-event.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";

/** The other regions, as one that thinks of a promotion asks them. */
export interface Peers {
  readonly names: readonly string[];
  /** What each of them says, in the order of `names`; null for one that does not answer in time. Never rejects. */
  look(
    collections: readonly Pick<CollectionRecord, "tenant" | "name" | "incarnation">[],
    signal: AbortSignal,
  ): Promise<readonly (LookResult | null)[]>;
}

/** What a branch ranks by: nearness to a vector in a space, or the words of a text. */
export type RankedBy =
  | { readonly kind: "near"; readonly space: string; readonly vector: Float32Array }
  | { readonly kind: "words"; readonly text: string };

/** One ranking to be made. */
export interface Branch {
  /** What `matchedBy` shows. */
  readonly name: string;
  /** Indexes of the query parts that it stands for. */
  readonly parts: readonly number[];
  readonly by: RankedBy;
  /** > 0 */
  readonly weight: number;
  readonly negative: boolean;
  /** Documents that must not find themselves. */
  readonly except: ReadonlySet<string>;
  /** Candidates less similar than this are noise, and left out of the ranking. */
  readonly similarityMin: number;
}

/** What a hit must have beside its rank: some similarity to a vector. */
export interface Requirement {
  readonly space: string;
  readonly vector: Float32Array;
  readonly similarityMin: number;
}

export interface PlannedQuery {
  readonly branches: readonly Branch[];
  readonly requirements: readonly Requirement[];
}

/** A query part's vector for one space, before parts become branches. */
export interface PartVector {
  readonly part: number;
  readonly space: string;
  readonly vector: Float32Array;
  /** The part's own weight; 0 for one that ranks nothing. */
  readonly weight: number;
  /** Weight of the space for this part: multiplied with the part's where rankings are fused. */
  readonly affinity: number;
  readonly negative: boolean;
  readonly except: string | null;
  readonly similarityMin: number;
}

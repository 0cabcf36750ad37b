import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { HitExplanation, PlanExplanation } from "../../shared/contracts/explain.ts";
import type { Fuse } from "../../shared/contracts/query.ts";
import type { Branch } from "./branch.ts";
import type { Ranking } from "./rank.ts";
import type { RankedHit } from "./ranked-hit.ts";

/** How a hit's score came about. */
export function explainHit(
  branches: readonly Branch[],
  { candidate, contributions }: RankedHit,
  shard: number,
): HitExplanation {
  return {
    shard,
    passage: candidate.passage,
    contributions: contributions.map(({ ranking, branch, rank, score, normalised, share }) => {
      const of = branches[ranking];
      const alone = branches.length === 1;
      const weight = alone ? 1 : (of?.weight ?? 1) * (of?.negative === true ? -1 : 1);
      return { branch, parts: [...(of?.parts ?? [])], rank, score, normalised, weight, share };
    }),
  };
}

/** What was done, and why. */
export function explainPlan(
  record: CollectionRecord,
  fuse: Fuse,
  { found, depth, rounds }: Ranking,
  stages: Readonly<Record<string, number>>,
): PlanExplanation {
  return {
    shards: {
      of: record.shards,
      asked: Array.from({ length: record.shards }, (_, shard) => shard),
      because: "documents are spread over the shards by their ids",
    },
    depth,
    rounds,
    fuse,
    legs: [...found.legs],
    stages: { ...stages },
  };
}

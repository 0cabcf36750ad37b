import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { SettledSpace } from "../../shared/contracts/space.ts";
import type { HitExplanation, PlanExplanation } from "../../shared/contracts/explain.ts";
import type { Fuse } from "../../shared/contracts/query.ts";
import type { ShardPlan } from "../../shared/domain/plan-shards.ts";
import type { Branch } from "./branch.ts";
import type { Ranking } from "./rank.ts";
import type { RankedHit } from "./ranked-hit.ts";

/** How a hit's score came about. */
export function explainHit(
  branches: readonly Branch[],
  { candidate, contributions }: RankedHit,
): HitExplanation {
  return {
    shard: candidate.shard,
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
  { spaces }: LaidOutCollection,
  of: number,
  { asked, because }: ShardPlan,
  fuse: Fuse,
  { found, depth, rounds }: Ranking,
  stages: Readonly<Record<string, number>>,
): PlanExplanation {
  return {
    shards: { of, asked: [...asked], because },
    depth,
    rounds,
    fuse,
    legs: [...found.legs],
    indexes: indexesOf(spaces, new Set(found.legs.map(({ branch }) => branch))),
    stages: { ...stages },
  };
}

/** How the spaces are indexed, in words. Branches are named after their spaces. */
function indexesOf(
  spaces: LaidOutCollection["spaces"],
  branches: ReadonlySet<string>,
): Record<string, string> {
  const searched = Object.entries(spaces).filter(([name]) => branches.has(name));
  return Object.fromEntries(searched.map(([name, { index }]) => [name, indexWords(index)]));
}

function indexWords(index: SettledSpace["index"]): string {
  if (index === undefined) return "auto";
  if (index.kind !== "hnsw") return `${index.kind}: ${index.because}`;
  const { m, efConstruction, ef, fromVectors, because } = index;
  return `hnsw (m ${m}, efConstruction ${efConstruction}, ef ${ef}) from ${fromVectors} vectors a shard on: ${because}`;
}

import type { Filter } from "../../shared/domain/filter.ts";
import { planShards, type ShardPlan } from "../../shared/domain/plan-shards.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Branch } from "./branch.ts";
import type { Centroids } from "./centroids.ts";

/** Which shards may hold what is asked, and which of them are asked where a search need not be exact. */
export async function shardsFor(
  centroids: Centroids,
  opened: OpenedRead,
  filter: Filter | null,
  branches: readonly Branch[],
  probe: number | undefined,
  signal: AbortSignal,
): Promise<{ readonly all: ShardPlan; readonly near: ShardPlan }> {
  const all = planShards(opened.placement, filter);
  const near =
    probe === undefined ? all : await probeShards(centroids, opened, all, branches, probe, signal);
  return { all, near };
}

/**
 * Of the planned shards those whose centroids are nearest to what is asked: for each vector branch that finds, so many. Approximate,
 * as an index is: what lies on another shard is not found. Where words are searched, which have no centroid, all are asked;
 * so is a shard of which no centroid is known.
 *
 * @param probe shards a branch, >= 1
 */
async function probeShards(
  centroids: Centroids,
  opened: Pick<OpenedRead, "layout" | "view">,
  plan: ShardPlan,
  branches: readonly Branch[],
  probe: number,
  signal: AbortSignal,
): Promise<ShardPlan> {
  const finding = branches.filter(({ negative }) => !negative);
  if (probe >= plan.asked.length) return plan;
  if (finding.some(({ by }) => by.kind === "words"))
    return { ...plan, because: `${plan.because}; probe is set aside: words have no centroid` };
  const shards = await Promise.all(
    plan.asked.map(async (shard) => ({ shard, of: await centroids.of(opened, shard, signal) })),
  );
  const chosen = new Set<number>();
  for (const { by } of finding) {
    if (by.kind === "words") continue;
    const near = shards
      .map(({ shard, of }) => {
        const centroid = of.get(by.space);
        return {
          shard,
          nearness: centroid === undefined ? Infinity : dotProduct(by.vector, centroid),
        };
      })
      .sort((a, b) => b.nearness - a.nearness || a.shard - b.shard);
    const unknown = near.filter(({ nearness }) => nearness === Infinity).length;
    for (const { shard } of near.slice(0, unknown + probe)) chosen.add(shard);
  }
  const asked = plan.asked.filter((shard) => chosen.has(shard));
  const left = Math.round((1 - asked.length / plan.asked.length) * 100);
  return {
    asked,
    because: `${plan.because}; the centroids of these are nearest, and ${left} % of the shards are left out`,
  };
}

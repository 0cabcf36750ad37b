import type { DocumentState, VectorStore } from "../../lambdas/ports/store.ts";
import type { OpenedRead } from "../../lambdas/freshness/reader.ts";
import type { Branch } from "../../lambdas/search/branch.ts";
import { rank, type RankOptions, type Ranking } from "../../lambdas/search/rank.ts";
import type { Requirement } from "../../lambdas/search/branch.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { allShards, createPlacement } from "../../shared/domain/shard-map.ts";
import { shardOf } from "../../shared/domain/ring.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import { checkpointOf, deadline, newLayout } from "../suites/store-rows.ts";

/** Opens a collection of these documents, spread over `shards` shards of a store. */
export async function openCollection(
  store: VectorStore,
  documents: readonly DocumentState[],
  shards: number,
): Promise<OpenedRead> {
  const layout = newLayout(shards);
  const placement = createPlacement({ version: 1, shards, key: { by: "id" } });
  await store.prepare(layout, deadline());
  const versions = [];
  for (let shard = 0; shard < shards; shard++) {
    const own = documents.filter(({ id }) => shardOf(placement.ring, id) === shard);
    await store.apply(layout, shard, own, deadline());
    versions.push(await store.maintain(layout, shard, deadline()));
  }
  const checkpoint = checkpointOf(layout, versions);
  const view = await store.openView(layout, checkpoint, deadline());
  const { incarnation, point } = checkpoint;
  const served = { region: "us-east-1", incarnation, point, map: 1, confirmed: null, now: null };
  const collection = collectionRecord({ incarnation });
  return { collection, unfilled: [], layout, view, placement, served };
}

export function branchOf(space: string, vector: Float32Array, more: Partial<Branch> = {}): Branch {
  const plain = { weight: 1, negative: false, except: new Set<string>(), similarityMin: -1 };
  return { name: space, parts: [0], by: { kind: "near", space, vector }, ...plain, ...more };
}

export const PAGE: RankOptions = { k: 10, offset: 0, fuse: "ranks", groupBy: "document" };

/** Ranks with all the time there is. */
export function ranked(
  opened: OpenedRead,
  branches: readonly Branch[],
  options: Partial<RankOptions> = {},
  {
    filter = null,
    requirements = [],
    exact = false,
  }: { filter?: Filter | null; requirements?: readonly Requirement[]; exact?: boolean } = {},
): Promise<Ranking> {
  const time = { nowMs: () => 0, remainingMs: () => 60_000, onLegFailed: () => undefined };
  const all = { ...PAGE, ...options };
  const asked = allShards(opened.layout);
  return rank(opened, asked, { branches, requirements }, filter, all, exact, time, deadline());
}

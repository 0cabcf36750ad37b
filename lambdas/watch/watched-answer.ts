import { utf8Length } from "../../shared/std/bytes.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { RegionQuery } from "../../shared/contracts/query.ts";
import { toWatchRecord } from "../../shared/contracts/watch-record.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { marksOf, type WatchedBranch } from "../../shared/domain/watch.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { Branch, PlannedQuery } from "../search/branch.ts";
import type { Found } from "../search/fan-out.ts";
import { fetchFrom } from "../search/hydrate.ts";
import type { Ranking } from "../search/rank.ts";

/** A record names every candidate, and the lowest score takes reading their vectors. */
const CANDIDATES_MAX = 4_000;

/**
 * Whether an answer is a function of its branches' candidates and of the documents that it is like. A plan tells how many candidates
 * each shard gave; a report of recall compares with what an index gave; centroids, by which shards are left out, follow every document.
 */
export function isWatchable({
  explain,
  exact,
  probe,
}: Pick<RegionQuery, "explain" | "exact" | "probe">): boolean {
  return !explain && !exact && probe === undefined;
}

/** An answer as it was ranked. */
export interface RankedAnswer {
  readonly opened: Pick<OpenedRead, "view">;
  readonly query: Pick<RegionQuery, "queries" | "filter">;
  readonly planned: PlannedQuery;
  /** At its last depth: its rankings are the branches' candidates. */
  readonly ranking: Pick<Ranking, "found" | "depth">;
}

/**
 * The record of what decides whether a change alters an answer, as JSON; null where that can't be said, or takes too much.
 * Lowest scores are computed here, from the stored vectors, by the kernel that will test the changes: an engine's own may
 * be of quantised vectors.
 */
export async function recordOf(
  { opened, query, planned, ranking }: RankedAnswer,
  signal: AbortSignal,
): Promise<string | null> {
  const { rankings, coverage } = ranking.found;
  const candidates = rankings.flat();
  if (coverage.missing.length > 0 || candidates.length > CANDIDATES_MAX) return null;
  const words = planned.branches.some(({ by }) => by.kind === "words");
  const branches = words ? [] : await watchedBranches(opened, planned.branches, ranking, signal);
  if (branches === null) return null;
  const like = query.queries.flatMap((part) => ("like" in part ? [part.like] : []));
  const marks = marksOf(words ? [] : [...candidates.map(({ id }) => id), ...like]);
  const json = JSON.stringify(toWatchRecord({ marks, words, branches }, query.filter));
  return utf8Length(json) > LIMITS.watchRecordBytesMax ? null : json;
}

async function watchedBranches(
  { view }: RankedAnswer["opened"],
  branches: readonly Branch[],
  { found, depth }: RankedAnswer["ranking"],
  signal: AbortSignal,
): Promise<WatchedBranch[] | null> {
  // A branch that found fewer than it asked for takes in whatever matches: nothing has to be read for it.
  const full = found.rankings.filter((candidates) => candidates.length >= depth).flat();
  const rows =
    full.length === 0
      ? new Map<string, StoredRow[]>()
      : await fetchFrom(view, placesOf(full), { vectors: true }, signal);
  const watched: WatchedBranch[] = [];
  for (const [i, { by }] of branches.entries()) {
    if (by.kind === "words") return null;
    const { space, vector } = by;
    const candidates = found.rankings[i] ?? [];
    let tau = candidates.length < depth ? -Infinity : Infinity;
    if (tau === Infinity) {
      for (const { id, passage } of candidates) {
        const row = rows.get(id)?.find((one) => one.passage === passage);
        const stored = row?.vectors[space] ?? null;
        if (stored === null) return null; // Changed since, where the engine pins no view.
        tau = Math.min(tau, dotProduct(vector, stored));
      }
    }
    watched.push({ space, vector, tau });
  }
  return watched;
}

/** Each document once. */
function placesOf(candidates: readonly Found[]): { id: string; shard: number }[] {
  return [
    ...new Map(candidates.map(({ id, shard }) => [`${shard} ${id}`, { id, shard }])).values(),
  ];
}

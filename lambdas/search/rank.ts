import type { RegionQuery } from "../../shared/contracts/query.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { fuseRankings, type Fused } from "../../shared/domain/fusion.ts";
import { required } from "../../shared/std/assert.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Branch, PlannedQuery } from "./branch.ts";
import { fanOut, type FannedOut, type FanOutTime, type Found } from "./fan-out.ts";
import type { RankedHit } from "./ranked-hit.ts";
import { Sieve } from "./sift.ts";

export interface Ranking {
  /** From `offset` on, at most k. */
  readonly hits: readonly RankedHit[];
  readonly found: FannedOut;
  readonly depth: number;
  readonly rounds: number;
}

export type RankOptions = Pick<
  RegionQuery,
  "k" | "offset" | "depth" | "fuse" | "groupBy" | "minScore" | "diversity"
>;

/** Fused without a depth of its own: what is ranked deeper counts for little, and pages of ten go to the tenth. */
const DEPTH_MIN = 100;
const DEPTH_PER_HIT = 4;
/** Without fusion only passages of one document stand for one hit. */
const ALONE_PER_HIT = 2;
/** Up to so many candidates of a leg come with their bodies: most of them are read for nothing. */
const BODIES_MAX = 100;
/** Key of a passage: its id, then its number in fixed width, so that keys sort by (id, passage). */
const PASSAGE_DIGITS = 7;

/**
 * Ranks the passages or documents of the asked shards. Where fusion needs a window of each ranking (its depth), the window depends on
 * k and not on the offset, so that the pages of a query are cut from one list; only what reaches past it is cut from a deeper one.
 * A branch alone has no window: it is asked deeper until the page is full, or the shards have no more.
 *
 * @throws Problem `invalid-request` for a page behind all that the asked depth ranks
 */
export async function rank(
  opened: OpenedRead,
  asked: readonly number[],
  planned: PlannedQuery,
  filter: Filter | null,
  options: RankOptions,
  exact: boolean,
  time: FanOutTime,
  signal: AbortSignal,
): Promise<Ranking> {
  const { branches } = planned;
  const sieve = new Sieve(opened, planned, options.diversity);
  const alone = branches.length === 1;
  const wanted = options.offset + options.k;
  let depth = alone
    ? Math.min(wanted * ALONE_PER_HIT, LIMITS.offsetPlusKMax)
    : (options.depth ??
      Math.min(Math.max(options.k * DEPTH_PER_HIT, DEPTH_MIN), LIMITS.offsetPlusKMax));
  for (let rounds = 1; ; rounds++) {
    const bodies = alone && depth <= BODIES_MAX ? true : ("known" as const);
    const breadth = { depth, bodies, exact };
    const found = await fanOut(opened.view, asked, branches, filter, breadth, time, signal);
    const ranked = toHits(branches, found, options);
    const hits = await sieve.take(ranked, wanted, signal);
    const exhausted = found.rankings.every((candidates) => candidates.length < depth);
    const settled = options.depth !== undefined && !alone;
    // A shard that is missing would be waited for again, for a page that is not whole either.
    const partial = found.coverage.missing.length > 0;
    if (settled && !exhausted && !partial) requireReached(options, ranked.length);
    if (
      hits.length >= wanted ||
      exhausted ||
      settled ||
      partial ||
      depth >= LIMITS.offsetPlusKMax
    ) {
      return { hits: hits.slice(options.offset), found, depth, rounds };
    }
    depth = Math.min(depth * 4, LIMITS.offsetPlusKMax);
  }
}

/** An empty page would look like the end of the hits, which it is not. */
function requireReached({ offset, depth, minScore }: RankOptions, ranked: number): void {
  if (offset === 0 || ranked > offset || minScore !== undefined) return;
  const message = `with depth ${depth} no hit is ranked behind ${ranked}: ask all pages with a larger depth`;
  throw new Problem("invalid-request", "Mend the paging.", {
    errors: [{ pointer: "/offset", message }],
  });
}

function toHits(branches: readonly Branch[], found: FannedOut, options: RankOptions): RankedHit[] {
  const byPassage = options.groupBy === "passage";
  const lists = branches.map(({ except, similarityMin }, i) =>
    bestByKey(
      (found.rankings[i] ?? []).filter(
        ({ id, similarity }) => similarity >= similarityMin && !except.has(id),
      ),
      byPassage,
    ),
  );
  const rankings = branches.map(({ name, by, weight, negative }, i) => ({
    branch: name,
    weight,
    negative,
    scoreFloor: by.kind === "words" ? 0 : -1,
    items: [...(lists[i] ?? [])].map(([key, { similarity }]) => ({ key, score: similarity })),
  }));
  const fused = fuseRankings(rankings, options.fuse === "scores" ? "scores" : "ranks");
  const { minScore } = options;
  return fused
    .filter(({ score }) => minScore === undefined || score >= minScore)
    .map((one) => toHit(one, lists));
}

function toHit(
  { key, score, contributions }: Fused,
  lists: readonly ReadonlyMap<string, Found>[],
): RankedHit {
  const strongest = contributions[0]?.ranking ?? 0;
  const candidate = required(lists[strongest]?.get(key), "a branch that counts has ranked it");
  return { id: candidate.id, candidate, score, contributions, folded: [] };
}

/** The best candidate of each document or passage, best first. */
function bestByKey(candidates: readonly Found[], byPassage: boolean): Map<string, Found> {
  const best = new Map<string, Found>();
  for (const candidate of candidates) {
    const { id, passage } = candidate;
    const key = byPassage ? `${id}\u0000${String(passage).padStart(PASSAGE_DIGITS, "0")}` : id;
    if (!best.has(key)) best.set(key, candidate);
  }
  return best;
}

import type { RegionQuery } from "../../shared/contracts/query.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { fuseRankings, type Fused } from "../../shared/domain/fusion.ts";
import { required } from "../../shared/std/assert.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Branch, PlannedQuery } from "./branch.ts";
import { fanOut, type FannedOut, type FanOutTime, type Found } from "./fan-out.ts";
import { Listed } from "./listed.ts";
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
/** How many times deeper the next round ranks. */
const DEEPER = 4;
/** Without fusion only passages of one document stand for one hit. */
const ALONE_PER_HIT = 2;
/** Up to so many candidates of a leg come with their bodies: most of them are read for nothing. */
const BODIES_MAX = 100;
/** Key of a passage: its id, then its number in fixed width, so that keys sort by (id, passage). */
const PASSAGE_DIGITS = 7;

/**
 * Ranks the passages or documents of the asked shards. How deep each round ranks depends on k and not on the offset, and rounds go on
 * until the page is full or the shards have no more, so that the pages of a query are cut from one list; where the caller names a
 * depth there is one round.
 *
 * @throws Problem `invalid-request` for a page behind all that the asked depth ranks, `limit-exceeded` for one that takes more passages
 *   than may be ranked
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
  const settled = options.depth !== undefined;
  const listed = new Listed(options.groupBy === "passage");
  let depth = options.depth ?? firstDepth(alone, options.k);
  for (let rounds = 1; ; rounds++) {
    const bodies = alone && depth <= BODIES_MAX ? true : ("known" as const);
    const breadth = { depth, bodies, exact };
    const round = await fanOut(opened.view, asked, branches, filter, breadth, time, signal);
    const found = listed.add(round, toHits(branches, round, options));
    const ranked = listed.hits;
    const hits = await sieve.take(ranked, wanted, signal);
    const exhausted = isExhausted(round, depth, branches, options);
    // A shard that is missing would be waited for again, for a page that is not whole either.
    const partial = round.coverage.missing.length > 0;
    if (hits.length < wanted && !exhausted && !partial) {
      if (settled) requireReached(options, ranked.length);
      else if (depth < LIMITS.offsetPlusKMax) {
        depth = Math.min(depth * DEEPER, LIMITS.offsetPlusKMax);
        continue;
      } else if (!sieve.sifts) requireAll(options, ranked.length);
    }
    return { hits: hits.slice(options.offset), found, depth, rounds };
  }
}

function firstDepth(alone: boolean, k: number): number {
  const depth = alone ? k * ALONE_PER_HIT : Math.max(k * DEPTH_PER_HIT, DEPTH_MIN);
  return Math.min(depth, LIMITS.offsetPlusKMax);
}

/** Whether nothing that could be a hit is ranked deeper. */
function isExhausted(
  { rankings }: FannedOut,
  depth: number,
  branches: readonly Branch[],
  { minScore = -Infinity }: RankOptions,
): boolean {
  if (rankings.every((candidates) => candidates.length < depth)) return true;
  const [branch, second] = branches;
  if (branch === undefined || second !== undefined || branch.negative) return false;
  // The scores of one ranking are its similarities.
  const lowest = rankings[0]?.at(-1)?.similarity ?? Infinity;
  return lowest < Math.max(minScore, branch.similarityMin);
}

/** Hits are documents, but passages are ranked: where these are of few documents, fewer are found than there are. */
function requireAll({ minScore }: RankOptions, ranked: number): void {
  if (minScore !== undefined) return;
  const message = `the ${LIMITS.offsetPlusKMax} best passages, which is as many as are ranked, are of ${ranked} hits: ask for no more (offset + k), filter, or name a depth`;
  throw new Problem("limit-exceeded", "Mend the paging.", { errors: [{ pointer: "/k", message }] });
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

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { checkFilter, parseFilter } from "../../shared/contracts/filter.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type {
  RegionHit,
  RetrieveEvent,
  RetrieveResult,
  UnchangedResult,
} from "../../shared/contracts/region-event.ts";
import { fuseRankings, RRF_K, type Fused } from "../../shared/domain/fusion.ts";
import { samePoint } from "../../shared/domain/point.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { OpenedRead, Reader } from "../freshness/reader.ts";
import type { Candidate, StoredRow } from "../ports/store.ts";
import { planBranches, type Branch, type BranchDeps } from "./branches.ts";
import { fanOut, type FannedOut } from "./fan-out.ts";
import { fetchDocuments, toHit } from "./hydrate.ts";

export interface RetrieveDeps extends BranchDeps {
  readonly reader: Reader;
  readonly clock: Clock;
}

/** What retrieval needs of an event; a written answer asks with the same. */
export type Retrieval = Pick<
  RetrieveEvent,
  "queries" | "k" | "filter" | "freshness" | "known" | "deadlineMs"
>;

/** Candidates of each leg for one wanted hit: fusion needs more than k of each branch, and passages share documents. */
const CANDIDATES_PER_HIT = 4;
const CANDIDATES_MIN = 40;
/** Without fusion only passages of one document stand for one hit. */
const ALONE_PER_HIT = 2;
/** Up to so many candidates of a leg come with their bodies: most of them are read for nothing. */
const BODIES_MAX = 100;
/** So many of the largest possible hits fit a reply: fewer need not be measured. */
const HITS_THAT_FIT = 300;

/**
 * One retrieval: open at the asked freshness, embed, fan out, fuse, hydrate. If the edge holds the answer of this very
 * point, nothing is searched.
 */
export async function retrieve(
  deps: RetrieveDeps,
  record: CollectionRecord,
  asked: Retrieval,
  signal: AbortSignal,
): Promise<RetrieveResult | UnchangedResult> {
  const startMs = deps.clock.monotonicMs();
  const laps = stopwatch(deps.clock);
  const filter = parseFilter(asked.filter ?? undefined);
  if (filter !== null) checkFilter(filter, record.fields);
  const opened = await deps.reader.open(record, asked.freshness, signal);
  const { served } = opened;
  laps.lap("open");
  if (
    asked.known !== null &&
    asked.known.incarnation === served.incarnation &&
    samePoint(asked.known.point, served.point)
  ) {
    return { kind: "unchanged", served };
  }
  const branches = await planBranches(deps, record, asked.queries, opened, signal);
  laps.lap("embed");
  const remainingMs = () => asked.deadlineMs - (deps.clock.monotonicMs() - startMs);
  const { fused, found } = await rank(opened, branches, filter, asked.k, remainingMs, signal);
  laps.lap("search");
  const hits = await toHits(opened, branches, fused, found, signal);
  if (hits.length > HITS_THAT_FIT && utf8Length(JSON.stringify(hits)) > LIMITS.replyBytesMax) {
    throw new Problem("limit-exceeded", "These hits are too large for one reply: lower k.");
  }
  laps.lap("hydrate");
  return { kind: "answer", served, hits, coverage: found.coverage, timings: laps.timings };
}

/** The hits, each with the passage that matched best in its strongest branch. */
async function toHits(
  opened: OpenedRead,
  branches: readonly Branch[],
  fused: readonly Fused[],
  found: FannedOut,
  signal: AbortSignal,
): Promise<RegionHit[]> {
  const best = bestCandidates(branches, found);
  const chosen = fused.map((one) => ({
    ...one,
    candidate: best.get(`${one.matchedBy[0] ?? ""} ${one.id}`),
  }));
  const without = chosen
    .filter(({ candidate }) => candidate?.body === undefined)
    .map(({ id }) => id);
  const rows =
    without.length === 0
      ? new Map<string, StoredRow[]>()
      : await fetchDocuments(opened, without, signal);
  return chosen.flatMap(({ id, score, matchedBy, candidate }) => {
    if (candidate?.body !== undefined)
      return [toHit({ ...candidate, body: candidate.body }, score, matchedBy)];
    const of = rows.get(id) ?? [];
    const row = of.find(({ passage }) => passage === candidate?.passage) ?? of[0];
    return row === undefined ? [] : [toHit(row, score, matchedBy)];
  });
}

/** Asks deeper until k distinct documents came up, or the shards have no more. */
async function rank(
  opened: OpenedRead,
  branches: readonly Branch[],
  filter: Parameters<typeof fanOut>[2],
  k: number,
  remainingMs: () => number,
  signal: AbortSignal,
): Promise<{ fused: Fused[]; found: FannedOut }> {
  const alone = branches.length === 1;
  const perHit = alone ? ALONE_PER_HIT : CANDIDATES_PER_HIT;
  let depth = Math.min(Math.max(k * perHit, alone ? 1 : CANDIDATES_MIN), LIMITS.offsetPlusKMax);
  for (;;) {
    const found = await fanOut(
      opened,
      branches,
      filter,
      { depth, bodies: alone && depth <= BODIES_MAX },
      remainingMs(),
      signal,
    );
    const rankings = branches.map(({ name, weight, except, similarityMin }, i) => ({
      branch: name,
      weight,
      ids: distinctIds(
        (found.rankings[i] ?? []).filter(({ similarity }) => similarity >= similarityMin),
      ).filter((id) => id !== except),
    }));
    const fused = fuseRankings(rankings, RRF_K);
    const exhausted = found.rankings.every((candidates) => candidates.length < depth);
    if (fused.length >= k || exhausted || depth >= LIMITS.offsetPlusKMax)
      return { fused: fused.slice(0, k), found };
    depth = Math.min(depth * 4, LIMITS.offsetPlusKMax);
  }
}

/** Documents in the order of their best passage. */
function distinctIds(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.map(({ id }) => id))];
}

/** The best passage of each document in each branch. */
function bestCandidates(branches: readonly Branch[], found: FannedOut): Map<string, Candidate> {
  const best = new Map<string, Candidate>();
  for (const [i, { name }] of branches.entries()) {
    for (const candidate of found.rankings[i] ?? []) {
      const key = `${name} ${candidate.id}`;
      if (!best.has(key)) best.set(key, candidate);
    }
  }
  return best;
}

function stopwatch(clock: Clock) {
  const timings: Record<string, number> = {};
  let lastMs = clock.monotonicMs();
  return {
    timings,
    lap(stage: string): void {
      const nowMs = clock.monotonicMs();
      timings[stage] = Math.round((nowMs - lastMs) * 100) / 100;
      lastMs = nowMs;
    },
  };
}

import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { parseFilter } from "../../shared/contracts/filter.ts";
import type { WatchState } from "../../shared/contracts/known-answer.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { CoveragePolicy } from "../../shared/contracts/query.ts";
import type {
  RegionHit,
  RetrieveEvent,
  RetrieveResult,
  UnchangedResult,
} from "../../shared/contracts/region-event.ts";
import type { Coverage, ExactReport, RerankReport } from "../../shared/contracts/retrieve.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { OpenedRead, Reader } from "../freshness/reader.ts";
import type { Reranker } from "../ports/reranker.ts";
import type { Registrar } from "../watch/registrar.ts";
import { isWatchable, type RankedAnswer } from "../watch/watched-answer.ts";
import { planBranches } from "./branches.ts";
import type { Centroids } from "./centroids.ts";
import type { EmbedDeps } from "./embed-part.ts";
import { explainPlan } from "./explain.ts";
import { hydrateHits } from "./hydrate-hits.ts";
import { shardsFor } from "./probe-shards.ts";
import { questionOf } from "./question.ts";
import { rank, type Ranking } from "./rank.ts";
import type { RankedHit } from "./ranked-hit.ts";
import { currentReranker, rerankHits } from "./rerank.ts";
import { isUnchanged } from "./unchanged.ts";

export interface RetrieveDeps extends EmbedDeps {
  readonly reader: Pick<Reader, "open">;
  readonly reranker: Reranker;
  readonly centroids: Centroids;
  readonly registrar: Pick<Registrar, "watches" | "newEntryId" | "stands" | "register">;
  readonly clock: Clock;
  /** Hears of a shard that failed a search which went on without it. */
  readonly onLegFailed: (collection: string, shard: number, error: unknown) => void;
}

/** What retrieval needs of an event; a written answer asks with the same. */
export type Retrieval = Omit<
  RetrieveEvent,
  "op" | "requestId" | "traceparent" | "context" | "collection"
>;

/** So many of the largest possible hits fit a reply: fewer need not be measured. */
const HITS_THAT_FIT = 300;

/**
 * One retrieval: open at the asked freshness, embed, fan out, fuse, hydrate. If the edge holds what still is the answer, nothing is
 * searched; an answer that it asks for again is put on the watch list.
 */
export async function retrieve(
  deps: RetrieveDeps,
  record: CollectionRecord,
  asked: Retrieval,
  signal: AbortSignal,
): Promise<RetrieveResult | UnchangedResult> {
  const nowMs = () => deps.clock.monotonicMs();
  const startMs = nowMs();
  const laps = stopwatch(nowMs);
  const filter = parseFilter(asked.filter, record.fields);
  const opened = await deps.reader.open(record, asked.freshness, signal);
  const { served } = opened;
  const reranker = await currentReranker(deps.reranker, asked.rerank, signal);
  laps.lap("open");
  const { known } = asked;
  const stands = async () => known !== null && deps.registrar.stands(record, known, served, signal);
  if (await isUnchanged(asked, served, reranker, stands)) return { kind: "unchanged", served };
  const remainingMs = () => asked.deadlineMs - (nowMs() - startMs);
  const { ranked, rerank, ...answered } = await compute(
    deps,
    opened,
    asked,
    filter,
    { laps, remainingMs },
    signal,
  );
  const entryId = deps.registrar.newEntryId();
  const whole = { rerank, coverage: answered.coverage };
  const watch = await watched(deps, record, asked, whole, entryId, ranked, signal);
  if (watch === "on") laps.lap("watch");
  return {
    kind: "answer",
    served,
    entryId,
    watch,
    ...answered,
    ...(rerank === null ? {} : { rerank }),
    timings: laps.timings,
  };
}

/** Searches, reranks, reads what is shown. */
async function compute(
  deps: RetrieveDeps,
  opened: OpenedRead,
  asked: Retrieval,
  filter: Filter | null,
  { laps, remainingMs }: { readonly laps: Laps; readonly remainingMs: () => number },
  signal: AbortSignal,
) {
  const planned = await planBranches(deps, asked.queries, asked.fuse, opened, signal);
  laps.lap("embed");
  const { branches } = planned;
  const { probe } = asked;
  const { all, near } = await shardsFor(deps.centroids, opened, filter, branches, probe, signal);
  const shards = asked.exact ? all : near;
  const time = {
    nowMs: () => deps.clock.monotonicMs(),
    remainingMs,
    onLegFailed: (shard: number, error: unknown) =>
      deps.onLegFailed(opened.collection.name, shard, error),
  };
  // What is reranked is ranked as one page: the asked page is cut from it afterwards.
  const page =
    asked.rerank === undefined
      ? asked
      : { ...asked, k: asked.rerank.depth, offset: 0, minScore: undefined };
  const ranking = await rank(
    opened,
    shards.asked,
    planned,
    filter,
    page,
    asked.exact,
    time,
    signal,
  );
  const leftOut = all.asked.length - shards.asked.length;
  const coverage = coverageOf(ranking, leftOut, asked.queries, opened);
  enough(coverage, asked.coverage);
  laps.lap("search");
  const report = asked.exact
    ? await comparedWithIndex(ranking, () =>
        rank(opened, near.asked, planned, filter, page, false, time, signal),
      )
    : null;
  if (report !== null) laps.lap("compare");
  const found = await hydrateHits(opened, branches, ranking.hits, asked.explain, signal);
  laps.lap("hydrate");
  const { hits, rerank } = await reranked(deps, asked, found, time.remainingMs(), signal);
  if (rerank !== null) laps.lap("rerank");
  fitting(hits, asked);
  const plan = () =>
    explainPlan(opened.collection, opened.layout.shards, shards, asked.fuse, ranking, laps.timings);
  return {
    ranked: { opened, planned, ranking, query: asked },
    rerank,
    hits,
    coverage,
    ...(report === null ? {} : { exact: report }),
    ...(asked.explain ? { explain: plan() } : {}),
  };
}

/** What answered, and what of the collection was not looked at. */
function coverageOf(
  { found }: Ranking,
  leftOut: number,
  parts: Retrieval["queries"],
  { unfilled }: OpenedRead,
): Coverage {
  // A part that names its space misses nothing by the others.
  const missed = parts.some(({ space }) => space === undefined) ? unfilled : [];
  return {
    ...found.coverage,
    ...(leftOut === 0 ? {} : { leftOut }),
    ...(missed.length === 0 ? {} : { unfilled: [...missed] }),
  };
}

/** Puts an answer that was asked for before on the watch list, if it is whole. */
async function watched(
  { registrar }: RetrieveDeps,
  record: CollectionRecord,
  asked: Retrieval,
  { rerank, coverage }: { readonly rerank: RerankReport | null; readonly coverage: Coverage },
  entryId: string,
  ranked: RankedAnswer & { readonly opened: OpenedRead },
  signal: AbortSignal,
): Promise<WatchState> {
  if (!registrar.watches || !isWatchable(asked)) return "off";
  const { unfilled, missing } = coverage;
  const whole = missing.length === 0 && unfilled === undefined && rerank?.applied !== false;
  if (asked.known === null || !whole) return "unasked";
  return registrar.register(record, ranked.opened.served, entryId, ranked, signal);
}

/** @throws Problem `limit-exceeded` where the hits are too large for a function's reply */
function fitting(hits: readonly RegionHit[], { explain, diversity }: Retrieval): void {
  const large = hits.length > HITS_THAT_FIT || explain || diversity !== undefined;
  if (large && utf8Length(JSON.stringify(hits)) > LIMITS.replyBytesMax)
    throw new Problem("limit-exceeded", "These hits are too large for one reply: lower k.");
}

/** @throws Problem `coverage-unavailable` where fewer shards answered than the caller wants */
function enough({ shards, answered }: Coverage, policy: CoveragePolicy): void {
  const share = policy === "any" ? 0 : policy === "all" ? 1 : policy.atLeast;
  if (answered < share * shards)
    throw new Problem(
      "coverage-unavailable",
      `${answered} of ${shards} shards answered in time. Ask again, allow more time, or allow a lower coverage.`,
    );
}

/** The asked page of the reranked hits; the hits as they are, where no reranking is asked for. */
async function reranked(
  { reranker }: RetrieveDeps,
  { queries, rerank, explain, offset, k, minScore }: Retrieval,
  found: readonly RegionHit[],
  leftMs: number,
  signal: AbortSignal,
): Promise<{ hits: RegionHit[]; rerank: RerankReport | null }> {
  if (rerank === undefined) return { hits: [...found], rerank: null };
  const readable = found.map((hit) => ({ ...hit, text: hit.passage?.text ?? hit.title ?? null }));
  const question = questionOf(queries);
  const outcome = await rerankHits(reranker, question, readable, rerank, leftMs, signal);
  const page = outcome.hits
    .filter(({ score }) => minScore === undefined || score >= minScore)
    .slice(offset, offset + k);
  const hits = page.map(({ text: _, rerank: how, ...hit }): RegionHit => {
    if (!explain || hit.explain === undefined || how === undefined) return hit;
    return { ...hit, explain: { ...hit.explain, rerank: how } };
  });
  return { hits, rerank: outcome.report };
}

/** How much of an exact ranking the search through the index has; unknown where one of both is not whole. */
async function comparedWithIndex(
  exact: Ranking,
  throughIndex: () => Promise<Ranking>,
): Promise<ExactReport> {
  const unknown = { recall: null, compared: 0 };
  if (exact.found.coverage.missing.length > 0) return unknown;
  // A store that can't do without its graph says so of its legs: then nothing is known to be exact.
  if (exact.found.legs.some(({ kind }) => kind === "graph")) return unknown;
  const approximate = await throughIndex().catch(() => null);
  if (approximate === null || approximate.found.coverage.missing.length > 0) return unknown;
  const keyOf = ({ id, candidate }: RankedHit) => `${candidate.passage} ${id}`;
  const found = new Set(approximate.hits.map(keyOf));
  const both = exact.hits.filter((hit) => found.has(keyOf(hit))).length;
  const compared = exact.hits.length;
  return { recall: compared === 0 ? 1 : both / compared, compared };
}

type Laps = ReturnType<typeof stopwatch>;

function stopwatch(nowMs: () => number) {
  const timings: Record<string, number> = {};
  let lastMs = nowMs();
  return {
    timings,
    lap(stage: string): void {
      const atMs = nowMs();
      timings[stage] = Math.round((atMs - lastMs) * 100) / 100;
      lastMs = atMs;
    },
  };
}

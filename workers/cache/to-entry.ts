import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { KnownAnswer } from "../../shared/contracts/known-answer.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { RetrieveResult, UnchangedResult } from "../../shared/contracts/region-event.ts";
import { laterOf } from "../../shared/domain/right-up-to.ts";
import type { MediaPaths } from "../door/media-paths.ts";

export interface EntryDeps {
  readonly mediaPaths: MediaPaths;
  readonly nowMs: () => number;
}

/** A region's answer as the tiers keep it. */
export function toEntry(deps: EntryDeps, caller: Caller, result: RetrieveResult): CacheEntry {
  const { served, entryId, watch, coverage, rerank, exact, explain } = result;
  const hits = result.hits.map((hit) => deps.mediaPaths.signHit(caller.tenant, hit));
  const { incarnation, map, point, confirmed, region } = served;
  return {
    v: 3,
    madeMs: deps.nowMs(),
    incarnation,
    map,
    entryId,
    watch,
    point,
    confirmed,
    region,
    ...(rerank?.model === undefined ? {} : { reranker: rerank.model }),
    answer: JSON.stringify({ hits, rerank, exact, explain }),
    coverage,
  };
}

/** What the region is told of an answer that is held, so that it can say whether it still is the answer. */
export function knownOf({
  incarnation,
  map,
  point,
  entryId,
  watch,
  reranker,
}: CacheEntry): KnownAnswer {
  const known = { incarnation, map, point, entryId, watch };
  return reranker === undefined ? known : { ...known, reranker };
}

/** A held answer that its region found unchanged. */
export function confirmedEntry(held: CacheEntry, { served }: UnchangedResult): CacheEntry {
  const { point, confirmed } = laterOf(held, served);
  return { ...held, point, confirmed };
}

/** Whether an answer lacks something because there was little time to make it: it is for no other reader. */
export function isHurried({ rerank, exact, coverage }: RetrieveResult): boolean {
  return (
    rerank?.applied === false ||
    exact?.recall === null ||
    coverage.missing.some(({ reason }) => reason === "late")
  );
}

/** Whether an entry may be kept for others: whole, and not too large. */
export function isKeepable({ coverage, answer }: CacheEntry): boolean {
  const whole = coverage.missing.length === 0 && coverage.unfilled === undefined;
  return whole && answer.length <= LIMITS.cachedAnswerCharsMax;
}

import { Problem, problemSpec } from "../../shared/contracts/problems.ts";
import type { ProblemBody } from "../../shared/contracts/problems.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import { RegionFailure } from "../ports/region-functions.ts";
import { chooseRegions } from "./choose-region.ts";
import { isTimeout } from "./is-timeout.ts";
import type { RegionGaps } from "./region-gaps.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { RegionHealth } from "./region-health.ts";

export interface Router {
  /** Of all regions, those that are not read included: one of them may accept a collection's writes. */
  readonly functions: ReadonlyMap<string, RegionFunctions>;
  /** Names of the regions that reads may go to; at least one. */
  readonly readable: () => readonly string[];
  readonly health: RegionHealth;
  readonly gaps: RegionGaps;
  readonly retries: RetryBudget;
  readonly nowMs: () => number;
  /** Hears of each attempt and its outcome. */
  readonly onAttempt: (
    region: string,
    outcome: "ok" | "failed" | "elsewhere",
    error?: unknown,
  ) => void;
}

/** One attempt's time: the region is given less than the edge waits, so that what it says at its deadline still arrives. */
export interface Attempt {
  readonly regionMs: number;
  readonly signal: AbortSignal;
}

/** What makes an answer worth asking another region for a better one. */
export interface Gaps<T> {
  /** Names the collection, apart from other tenants'. */
  readonly about: string;
  /** Whether a part of the region that another one may have is missing in its answer. */
  readonly lacks: (result: T) => boolean;
}

type Result<T> = T | { readonly kind: "problem"; readonly problem: ProblemBody };

/** Attempts of one read, the first included. */
const ATTEMPTS_MAX = 3;
/** Below this much of the deadline no further attempt is begun. */
const ATTEMPT_MS_MIN = 20;
/** Reading and writing a call, beside its way. */
const MARGIN_MS = 20;
/** A region that was given less than this, beside the way, is not ill because it was too slow. */
const FAIR_MS = 1_000;

/**
 * Calls the nearest region that answers; a region that fails, is too slow, or has a problem that another region may not have, is
 * replaced by the next within the one deadline. Each attempt may use half of what is left, so that there is time for another.
 * An answer that lacks something is kept, and given if no other region has a whole one.
 *
 * @throws Problem: the last region's, or `region-unavailable`, or `deadline-exceeded`
 */
export async function callRegions<
  T extends { readonly kind: string; readonly tookMs?: number | undefined },
>(
  router: Router,
  deadlineMs: number,
  call: (functions: RegionFunctions, attempt: Attempt) => Promise<Result<T>>,
  gaps: Gaps<T> | null = null,
): Promise<T> {
  const startMs = router.nowMs();
  const leftMs = () => deadlineMs - (router.nowMs() - startMs);
  const order = regionsFor(router, gaps, startMs);
  router.retries.request();
  let last: Problem | null = null;
  let partial: T | null = null;
  for (const [attempt, region] of order.entries()) {
    const functions = router.functions.get(region);
    if (functions === undefined || leftMs() < ATTEMPT_MS_MIN) break;
    if (router.health.spared(region, router.nowMs())) {
      last ??= new Problem("overloaded", "All regions have as much to do as they can.");
      continue;
    }
    const attemptMs = Math.floor(attempt === order.length - 1 ? leftMs() : leftMs() / 2);
    const outcome = await tryRegion(router, functions, attemptMs, call).catch((error: unknown) => {
      if (partial !== null && error instanceof Problem) return error;
      throw error;
    });
    const lacks = noteGap(router, gaps, region, outcome);
    if (!(outcome instanceof Problem)) {
      if (!lacks) return outcome;
      partial ??= outcome;
      if (router.retries.take()) continue;
      break;
    }
    last = outcome;
    // What was slow may be drowning: asking elsewhere as well would drown that too. What refused at once costs nothing.
    if (
      (outcome.code === "deadline-exceeded" || outcome.code === "overloaded") &&
      !router.retries.take()
    )
      break;
  }
  if (partial !== null) return partial;
  throw last ?? new Problem("deadline-exceeded", `${deadlineMs} ms are too few to ask a region.`);
}

function regionsFor<T>(router: Router, gaps: Gaps<T> | null, nowMs: number): string[] {
  const order = chooseRegions(router.readable(), router.health, nowMs);
  const wholeFirst = gaps === null ? order : router.gaps.order(order, gaps.about, nowMs);
  return wholeFirst.slice(0, ATTEMPTS_MAX);
}

/** @returns whether the region's answer lacks something that another may have; later reads ask others first then */
function noteGap<T>(
  router: Router,
  gaps: Gaps<T> | null,
  region: string,
  outcome: T | Problem,
): boolean {
  if (gaps === null) return false;
  const isProblem = outcome instanceof Problem;
  const lacks = isProblem ? outcome.code === "coverage-unavailable" : gaps.lacks(outcome);
  if (lacks) router.gaps.found(gaps.about, region, router.nowMs());
  else if (!isProblem) router.gaps.closed(gaps.about, region);
  return lacks;
}

/** @returns the result, or the problem for which another region may be asked */
async function tryRegion<T extends { readonly kind: string; readonly tookMs?: number | undefined }>(
  router: Router,
  functions: RegionFunctions,
  attemptMs: number,
  call: (functions: RegionFunctions, attempt: Attempt) => Promise<Result<T>>,
): Promise<T | Problem> {
  const { region } = functions;
  const sentMs = router.nowMs();
  const wayMs = router.health.rttMs(region, sentMs) + MARGIN_MS;
  const regionMs = Math.max(1, Math.floor(attemptMs - wayMs));
  try {
    const result = await call(functions, { regionMs, signal: AbortSignal.timeout(attemptMs) });
    if (isProblem(result)) return elsewhereOrThrow(router, region, result.problem);
    const nowMs = router.nowMs();
    router.health.succeeded(region, Math.max(0, nowMs - sentMs - (result.tookMs ?? 0)), nowMs);
    router.onAttempt(region, "ok");
    return result;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const late = isTimeout(error);
    if (!(error instanceof RegionFailure) && !late) throw error;
    // A caller's own short deadline says nothing about the region.
    if (!late || regionMs >= FAIR_MS) router.health.failed(region, router.nowMs());
    router.onAttempt(region, "failed", error);
    if (late)
      return new Problem("deadline-exceeded", `${region} did not answer in time.`, {
        cause: error,
      });
    return new Problem(
      "region-unavailable",
      "No region could be reached; try again, and see /v1/status.",
      { cause: error },
    );
  }
}

function elsewhereOrThrow(
  router: Router,
  region: string,
  { code, hint, errors }: ProblemBody,
): Problem {
  const problem = new Problem(code, hint, { errors });
  if (problemSpec(code).elsewhere !== true && code !== "deadline-exceeded") throw problem;
  router.onAttempt(region, "elsewhere");
  if (code === "overloaded") router.health.overloaded(region, router.nowMs());
  return problem;
}

function isProblem<T extends { readonly kind: string }>(
  result: Result<T>,
): result is { readonly kind: "problem"; readonly problem: ProblemBody } {
  return result.kind === "problem";
}

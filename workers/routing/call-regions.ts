import { Problem, problemSpec } from "../../shared/contracts/problems.ts";
import type { ProblemBody } from "../../shared/contracts/problems.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import { RegionFailure } from "../ports/region-functions.ts";
import { chooseRegions } from "./choose-region.ts";
import type { RegionHealth } from "./region-health.ts";

export interface Router {
  readonly functions: ReadonlyMap<string, RegionFunctions>;
  readonly health: RegionHealth;
  readonly nowMs: () => number;
  /** Counts attempts by outcome. */
  readonly onAttempt: (region: string, outcome: "ok" | "failed" | "elsewhere") => void;
}

/** Attempts of one read, the first included. */
const ATTEMPTS_MAX = 3;
/** Below this much of the deadline no further attempt is begun. */
const ATTEMPT_MS_MIN = 20;

/**
 * Calls the nearest region that answers; a region that fails, is too slow, or has a problem that another region may not have, is
 * replaced by the next within the one deadline. Each attempt may use half of what is left, so that there is time for another.
 *
 * @param serviceMs the function's own time, of a result
 * @throws Problem: the last region's, or `region-unavailable`, or `deadline-exceeded`
 */
export async function callRegions<T extends { readonly kind: string }>(
  router: Router,
  deadlineMs: number,
  call: (
    functions: RegionFunctions,
    attemptMs: number,
    signal: AbortSignal,
  ) => Promise<T | { readonly kind: "problem"; readonly problem: ProblemBody }>,
  serviceMs: (result: T) => number,
): Promise<T> {
  const startMs = router.nowMs();
  const order = chooseRegions([...router.functions.keys()], router.health, startMs).slice(
    0,
    ATTEMPTS_MAX,
  );
  let last: Problem | null = null;
  for (const [attempt, region] of order.entries()) {
    const functions = router.functions.get(region);
    const leftMs = deadlineMs - (router.nowMs() - startMs);
    if (functions === undefined || leftMs < ATTEMPT_MS_MIN) break;
    const attemptMs = Math.floor(attempt === order.length - 1 ? leftMs : leftMs / 2);
    const sentMs = router.nowMs();
    try {
      const result = await call(functions, attemptMs, AbortSignal.timeout(attemptMs));
      const tookMs = router.nowMs() - sentMs;
      if (!isProblem(result)) {
        router.health.succeeded(region, Math.max(0, tookMs - serviceMs(result)), router.nowMs());
        router.onAttempt(region, "ok");
        return result;
      }
      const { code, hint, errors } = result.problem;
      last = new Problem(code, hint, { errors });
      if (problemSpec(code).elsewhere !== true && code !== "deadline-exceeded") throw last;
      router.onAttempt(region, "elsewhere");
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (!(error instanceof RegionFailure) && !isTimeout(error)) throw error;
      router.health.failed(region, router.nowMs());
      router.onAttempt(region, "failed");
      last = isTimeout(error)
        ? new Problem("deadline-exceeded", `${region} did not answer in time.`, { cause: error })
        : last;
    }
  }
  throw (
    last ??
    new Problem("region-unavailable", "No region could be reached; try again, and see /v1/status.")
  );
}

function isProblem(result: {
  readonly kind: string;
}): result is { readonly kind: "problem"; readonly problem: ProblemBody } {
  return result.kind === "problem";
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

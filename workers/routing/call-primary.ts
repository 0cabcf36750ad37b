import { Problem } from "../../shared/contracts/problems.ts";
import type { WriteEvent, WriteResult } from "../../shared/contracts/region-event.ts";
import { RegionFailure } from "../ports/region-functions.ts";
import type { Router } from "./call-regions.ts";

/** Writes are idempotent by their key, so one that got no answer is sent once more. */
const ATTEMPTS_MAX = 2;

/**
 * Sends a write to the primary region, the only one that accepts it.
 * @param toEvent makes the event, given the time left, ms
 * @throws Problem: the primary's, or `primary-unavailable`
 */
export async function callPrimary(
  router: Router,
  primary: string,
  deadlineMs: number,
  toEvent: (leftMs: number) => WriteEvent,
): Promise<Exclude<WriteResult, { kind: "problem" }>> {
  const startMs = router.nowMs();
  const functions = router.functions.get(primary);
  let cause: unknown;
  for (let attempt = 0; functions !== undefined && attempt < ATTEMPTS_MAX; attempt++) {
    const leftMs = Math.floor(deadlineMs - (router.nowMs() - startMs));
    if (leftMs < 1) break;
    try {
      const result = await functions.write(toEvent(leftMs), AbortSignal.timeout(leftMs));
      router.onAttempt(primary, "ok");
      if (result.kind !== "problem") return result;
      throw new Problem(result.problem.code, result.problem.hint, {
        errors: result.problem.errors,
      });
    } catch (error) {
      if (error instanceof Problem) throw error;
      router.onAttempt(primary, "failed");
      cause = error;
      if (!(error instanceof RegionFailure)) break;
    }
  }
  // Whether it was done is not known: the same key makes repeating it safe.
  throw new Problem(
    "primary-unavailable",
    `${primary} did not answer; repeat the request with the same Idempotency-Key.`,
    { cause },
  );
}

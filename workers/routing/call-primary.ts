import { Problem } from "../../shared/contracts/problems.ts";
import type { WriteEvent, WriteResult } from "../../shared/contracts/write-event.ts";
import type { Router } from "./call-regions.ts";
import { isTimeout } from "./is-timeout.ts";

/** A document write is idempotent by its key, so one that got no answer is sent once more. */
const ATTEMPTS_MAX = 2;
/** What has no key: a second try could not tell its own work from another's. */
const ONCE: ReadonlySet<WriteEvent["op"]> = new Set(["create", "snapshot", "restore"]);
/** Reading and writing a call, beside its way: what the primary says at its deadline must still arrive. */
const MARGIN_MS = 20;

/**
 * Sends a write to the primary region, the only one that accepts it.
 * @param toEvent makes the event, given the primary's time, ms
 * @throws Problem: the primary's, or `primary-unavailable`
 */
export async function callPrimary(
  router: Router,
  primary: string,
  deadlineMs: number,
  toEvent: (regionMs: number) => WriteEvent,
): Promise<Exclude<WriteResult, { kind: "problem" }>> {
  const startMs = router.nowMs();
  const functions = router.functions.get(primary);
  let cause: unknown;
  let attemptsMax = 1;
  let key: string | null = null;
  for (let attempt = 0; functions !== undefined && attempt < attemptsMax; attempt++) {
    const leftMs = Math.floor(deadlineMs - (router.nowMs() - startMs));
    if (leftMs < 1) break;
    const event = toEvent(
      Math.max(1, leftMs - router.health.rttMs(primary, router.nowMs()) - MARGIN_MS),
    );
    key = "idempotencyKey" in event ? event.idempotencyKey : null;
    attemptsMax = ONCE.has(event.op) ? 1 : ATTEMPTS_MAX;
    try {
      const result = await functions.write(event, AbortSignal.timeout(leftMs));
      router.onAttempt(primary, "ok");
      if (result.kind !== "problem") return result;
      throw new Problem(result.problem.code, result.problem.hint, {
        errors: result.problem.errors,
      });
    } catch (error) {
      if (error instanceof Problem) throw error;
      router.onAttempt(primary, "failed", error);
      cause = error;
    }
  }
  // A call that was sent and not answered may have been done: the same key makes repeating it safe.
  if (isTimeout(cause)) {
    const repeat =
      key === null
        ? "look whether it is there."
        : `repeat it with Idempotency-Key: ${key}. What was embedded is kept for two minutes; fewer documents at once are answered sooner.`;
    throw new Problem("outcome-unknown", `${primary} did not answer in time; ${repeat}`, {
      cause,
    });
  }
  throw new Problem(
    "primary-unavailable",
    `${primary} did not answer; repeat the request with the same Idempotency-Key.`,
    { cause },
  );
}

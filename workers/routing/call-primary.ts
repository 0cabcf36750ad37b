import { Problem, problemSpec, type ProblemBody } from "../../shared/contracts/problems.ts";
import type {
  NotPrimaryResult,
  WriteEvent,
  WriteResult,
} from "../../shared/contracts/write-event.ts";
import { required } from "../../shared/std/assert.ts";
import type { Router } from "./call-regions.ts";
import { chooseRegions } from "./choose-region.ts";
import { isTimeout } from "./is-timeout.ts";
import type { PrimaryRegions } from "./primary-regions.ts";

/** What the primary makes of a write. */
type Done = Exclude<WriteResult, { kind: "problem" } | NotPrimaryResult>;

/** A document write is idempotent by its key, so one that got no answer is sent once more. */
const ATTEMPTS_MAX = 2;
/** Calls of one write: two of a primary that does not answer, one that tells of another, and that one. */
const CALLS_MAX = 4;
/** What has no key: a second try could not tell its own work from another's. */
const ONCE: ReadonlySet<WriteEvent["op"]> = new Set([
  "create",
  "delete-collection",
  "snapshot",
  "restore",
]);
/** Reading and writing a call, beside its way: what the primary says at its deadline must still arrive. */
const MARGIN_MS = 20;

/**
 * Sends a write to the collection's primary region, the only one that accepts it. One that is not primary any more names who is;
 * where the primary does not answer, another region is asked: it may have been promoted, or know who was.
 *
 * @param about the collection, apart from other tenants'
 * @param toEvent makes the event, given the region's time, ms
 * @throws Problem: the primary's, or `primary-unavailable`, or `outcome-unknown`
 */
export async function callPrimary(
  router: Router,
  primaries: PrimaryRegions,
  about: string,
  deadlineMs: number,
  toEvent: (regionMs: number) => WriteEvent,
): Promise<Done> {
  const startMs = router.nowMs();
  const asked: string[] = [];
  let key: string | null = null;
  let cause: unknown;
  let next = firstOf(router, primaries, about);
  while (next !== null && asked.length < CALLS_MAX) {
    const target: string = next;
    const functions = router.functions.get(target);
    const leftMs = Math.floor(deadlineMs - (router.nowMs() - startMs));
    if (functions === undefined || leftMs < 1) break;
    const wayMs = router.health.rttMs(target, router.nowMs()) + MARGIN_MS;
    const event = toEvent(Math.max(1, leftMs - wayMs));
    key = "idempotencyKey" in event ? event.idempotencyKey : null;
    asked.push(target);
    try {
      const result = await functions.write(event, AbortSignal.timeout(leftMs));
      router.onAttempt(target, "ok");
      primaries.answered(target);
      if (result.kind === "problem") throw told(target, result.problem, key, cause);
      if (result.kind === "written") {
        const { region: primary, point, incarnation } = result;
        primaries.learn(about, { primary, term: point.term, incarnation });
      }
      if (result.kind !== "not-primary") return result;
      primaries.learn(about, result);
      // One that was asked and did not answer: the others know of no other primary yet.
      next = asked.includes(result.primary) ? null : result.primary;
    } catch (error) {
      if (error instanceof Problem) throw error;
      router.onAttempt(target, "failed", error);
      primaries.doubt(target, router.nowMs());
      cause = error;
      // It may have been done: a creation can't be repeated, and there is no time left for the others.
      if (ONCE.has(event.op) || isTimeout(error)) break;
      next = nextOf(router, asked, target);
    }
  }
  throw unanswered(required(asked[0], "a region is asked"), key, cause);
}

/** @param cause why an earlier call of the same write got no answer; undefined where there was none */
function told(region: string, problem: ProblemBody, key: string | null, cause: unknown): Problem {
  const { code, hint, errors } = problem;
  // What passes refuses this call alone: the earlier one may have been done.
  if (cause === undefined || problemSpec(code).retryAfterS === undefined)
    return new Problem(code, hint, { errors });
  const repeat = repeatIt(key);
  const unknown = `A first call was not answered; asked again, ${region} said ${code}: ${repeat}.`;
  return new Problem("outcome-unknown", unknown, { cause });
}

/** The primary; or, where it lately did not answer, another region, that knows whether it still is. */
function firstOf(router: Router, primaries: PrimaryRegions, about: string): string | null {
  const primary = primaries.of(about);
  const nowMs = router.nowMs();
  if (!primaries.isDoubted(primary, nowMs)) return primary;
  const others = chooseRegions([...router.functions.keys()], router.health, nowMs);
  return others.find((region) => !primaries.isDoubted(region, nowMs)) ?? primary;
}

/** The same once more, then the nearest that was not asked. */
function nextOf(router: Router, asked: readonly string[], failed: string): string | null {
  if (asked.filter((region) => region === failed).length < ATTEMPTS_MAX) return failed;
  const order = chooseRegions([...router.functions.keys()], router.health, router.nowMs());
  return order.find((region) => !asked.includes(region)) ?? null;
}

function unanswered(region: string, key: string | null, cause: unknown): Problem {
  // A call that was sent and not answered may have been done: the same key makes repeating it safe.
  if (isTimeout(cause)) {
    const sooner =
      key === null
        ? ""
        : " What was embedded is kept for two minutes; fewer documents at once are answered sooner.";
    const hint = `${region} did not answer in time; ${repeatIt(key)}.${sooner}`;
    return new Problem("outcome-unknown", hint, { cause });
  }
  return new Problem(
    "primary-unavailable",
    `${region} did not answer; repeat the request with the same Idempotency-Key.`,
    { cause },
  );
}

function repeatIt(key: string | null): string {
  return key === null ? "look whether it is there" : `repeat it with Idempotency-Key: ${key}`;
}

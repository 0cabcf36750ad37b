import { Problem } from "../../shared/contracts/problems.ts";
import type { AppendOutcome, Taken } from "../ports/write-log.ts";

/** The log takes entries of another schema version than these were prepared for: nothing was written. */
export class StaleSchema extends Error {
  override readonly name = "StaleSchema";
}

/** The log is in a later term than this region knew of: nothing was written. */
export class StaleTerm extends Error {
  override readonly name = "StaleTerm";
}

/** @throws Problem, StaleSchema or StaleTerm for whatever was not appended */
export function accepted(outcome: AppendOutcome): Taken {
  switch (outcome.kind) {
    case "appended":
    case "repeated":
      return outcome;
    case "idempotency-mismatch":
      throw new Problem("idempotency-mismatch", "Use a new Idempotency-Key for a new request.");
    case "unknown-collection":
      throw new Problem("not-found", "The log holds no such collection.");
    case "stale-schema":
      throw new StaleSchema("the log is at another schema version");
    case "stale-term":
      throw new StaleTerm("the log is in another term");
    case "storage-full":
      throw new Problem("storage-full", "The log's memory is full; nothing was written.");
    case "write-backpressure":
      throw new Problem(
        "write-backpressure",
        "The log's memory is filling; nothing was written. Wait, and send less at a time.",
      );
    case "segments-unavailable":
      throw new Problem(
        "log-unavailable",
        "The blob store did not take what is too large for the log. Repeat the request with the same Idempotency-Key.",
        { cause: outcome.cause },
      );
    case "log-restarted":
      throw new Problem(
        "log-unavailable",
        "The log was restarted, or has lost something; nothing was written. It goes on after a promotion.",
      );
  }
}

import {
  Problem,
  problemBody,
  problemDocument,
  problemSpec,
} from "../../shared/contracts/problems.ts";
import type { Log } from "../ports/log.ts";

/** What nginx logs when the caller has left; nobody reads the answer, the metrics count it. */
const CALLER_LEFT_STATUS = 499;

/** Any failure as an RFC 9457 document. What is not a Problem is a bug: logged, and told without its content. */
export function problemResponse(
  deps: { readonly log: Log },
  error: Error,
  requestId: string,
  caller: AbortSignal,
): Response {
  if (caller.aborted) return new Response(null, { status: CALLER_LEFT_STATUS });
  const problem = asProblem(error);
  if (problem.code === "internal-error") {
    deps.log("internal-error", { requestId, message: causeOf(problem) });
  }
  const { status, retryAfterS } = problemSpec(problem.code);
  const headers = new Headers({ "content-type": "application/problem+json" });
  if (retryAfterS !== undefined) headers.set("retry-after", String(retryAfterS));
  return new Response(JSON.stringify(problemDocument(problemBody(problem), requestId)), {
    status,
    headers,
  });
}

function asProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error.name === "TimeoutError") {
    return new Problem(
      "deadline-exceeded",
      "The inputs were still waiting or being embedded; send fewer, or allow more time.",
      {
        cause: error,
      },
    );
  }
  return new Problem("internal-error", "Report it with the request's id.", { cause: error });
}

function causeOf({ cause, message }: Problem): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : message;
}

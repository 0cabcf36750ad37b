import {
  Problem,
  problemBody,
  problemDocument,
  problemSpec,
} from "../../shared/contracts/problems.ts";

/** The RFC 9457 document of a failure. What is not a Problem is a bug of ours: it says nothing of its inside. */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem =
    error instanceof Problem
      ? error
      : new Problem("internal-error", "Report the requestId; trying again may help.");
  const { status, retryAfterS } = problemSpec(problem.code);
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
  if (retryAfterS !== undefined) headers.set("retry-after", String(retryAfterS));
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(problemDocument(problemBody(problem), requestId)), {
    status,
    headers,
  });
}

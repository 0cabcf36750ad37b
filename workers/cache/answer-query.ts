import type { RetrieveRequest } from "../../shared/contracts/retrieve.ts";
import { normalisePart, type AnswerQuery } from "./cache-key.ts";

/** The query as it is keyed, cached and sent: what decides which hits are the answer. */
export function answerQuery(request: RetrieveRequest): AnswerQuery {
  const { query, queries, consistency, maxStalenessMs, deadlineMs, coverage, ...deciding } =
    request;
  const parts = queries ?? (query === undefined ? [] : [query]);
  return { ...deciding, queries: parts.map(normalisePart) };
}

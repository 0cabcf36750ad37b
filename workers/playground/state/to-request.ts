import type { RagInput, RetrieveInput } from "../../../shared/client/request-types.ts";
import { DEMO, partsOf, type Draft, type Part } from "./draft.ts";
import { joinFilters } from "./filters.ts";
import type { Terms } from "./page-state.ts";

/** Pictures and passages are shown apart, so that there has to be enough of both. */
const HITS = 48;
/** Each hit that is read again costs a run of the model: 20 take about a second on two cores. */
export const RERANKED_HITS = 24;
const RERANK_BUDGET_MS = 6_000;
/** Cosine from which a hit nearly repeats a better one. */
const FOLD_ABOVE = 0.95;
/** Whoever asks for reranking or exact search has time. */
const THOROUGH_DEADLINE_MS = 15_000;
const SOURCES = 8;
/** Of the demo sentences come of passages: a picture's caption answers nothing. */
const ANSWERING = { kind: "passage" } as const;
/** Reading and embedding the sources' sentences takes its time on a busy machine. */
const ANSWER_DEADLINE_MS = 20_000;

/** The draft as a request for hits. */
export function toRequest(draft: Draft, terms: Terms): RetrieveInput {
  const parts = partsOf(draft);
  const queries = parts.map(toQueryPart);
  const [only] = queries;
  const asked = queries.length === 1 && only !== undefined ? { query: only } : { queries };
  const filter = joinFilters(draft.filters);
  return {
    collection: draft.collection,
    ...asked,
    k: HITS,
    ...(filter === null ? {} : { filter }),
    ...toRanking(draft, parts),
    ...terms,
  };
}

/** The same query, for a written answer. */
export function toRagRequest(request: RetrieveInput): RagInput {
  const { explain: _, ...asked } = request;
  const wanted = { ...asked, k: SOURCES, deadlineMs: ANSWER_DEADLINE_MS };
  if (request.collection !== DEMO) return wanted;
  const filter = request.filter === undefined ? ANSWERING : { $and: [request.filter, ANSWERING] };
  return { ...wanted, filter };
}

/** Whether the query asks something in words: what is read beside a question, or answers it, needs one. */
export function hasQuestion(draft: Draft): boolean {
  return partsOf(draft).some(({ kind, negative }) => kind === "words" && !negative);
}

/** One part has nothing to be added up with. */
export function mayAddUp(draft: Draft): boolean {
  return partsOf(draft).length > 1;
}

function toQueryPart(part: Part): NonNullable<RetrieveInput["query"]> {
  const emphasis = {
    ...(part.weight === 1 ? {} : { weight: part.weight }),
    ...(part.negative ? { negative: true } : {}),
  };
  switch (part.kind) {
    case "words":
      return { text: part.text, ...emphasis };
    case "picture":
      return { image: { base64: part.base64 }, ...emphasis };
    case "like":
      return { like: part.id, ...emphasis };
  }
}

/** Options that can't be had for this query stay chosen, and are left out. */
function toRanking(draft: Draft, parts: readonly Part[]): Partial<RetrieveInput> {
  const { fuse, rerank, exact, fold } = draft.options;
  const fuses = fuse === "scores" || (fuse === "vectors" && parts.length > 1);
  const reranks = rerank && hasQuestion(draft);
  return {
    ...(fuses ? { fuse } : {}),
    ...(reranks
      ? { k: RERANKED_HITS, rerank: { depth: RERANKED_HITS, budgetMs: RERANK_BUDGET_MS } }
      : {}),
    ...(exact ? { exact } : {}),
    ...(fold ? { diversity: { foldAbove: FOLD_ABOVE } } : {}),
    ...(reranks || exact ? { deadlineMs: THOROUGH_DEADLINE_MS } : {}),
  };
}

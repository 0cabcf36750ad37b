import type { RagInput, RetrieveInput } from "../../../shared/client/request-types.ts";
import type { Draft, Terms } from "./page-state.ts";

/** The page shows one collection: the demo's. */
export const COLLECTION = "demo";
/** Pictures and passages are shown apart, so that there has to be enough of both. */
const HITS = 48;
const SOURCES = 8;
/** Sentences come of passages: a picture's caption answers nothing. */
const ANSWERING = { kind: "passage" } as const;
/** Reading and embedding the sources' sentences takes its time on a busy machine. */
const ANSWER_DEADLINE_MS = 20_000;

/** The draft as a request for hits. */
export function toRequest({ text, picture, like, filter }: Draft, terms: Terms): RetrieveInput {
  const queries: NonNullable<RetrieveInput["queries"]> = [
    ...(text.trim() === "" ? [] : [{ text: text.trim() }]),
    ...(picture === null ? [] : [{ image: { base64: picture.base64 } }]),
    ...(like === null ? [] : [{ like: like.id }]),
  ];
  const [only] = queries;
  const asked = queries.length === 1 && only !== undefined ? { query: only } : { queries };
  return {
    collection: COLLECTION,
    ...asked,
    k: HITS,
    ...(filter === null ? {} : { filter }),
    ...terms,
  };
}

/** The same query, for a written answer. */
export function toRagRequest(request: RetrieveInput): RagInput {
  const filter = request.filter === undefined ? ANSWERING : { $and: [request.filter, ANSWERING] };
  return { ...request, k: SOURCES, filter, deadlineMs: ANSWER_DEADLINE_MS };
}

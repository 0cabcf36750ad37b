import { vectorOf } from "./vectors.ts";

const part = { vector: vectorOf(1), space: "v" };
const refused = (
  what: string,
  query: object,
  code:
    | "invalid-request"
    | "limit-exceeded"
    | "invalid-vector"
    | "invalid-filter" = "invalid-request",
  says?: string,
) => ({
  what,
  json: { collection: "v", ...query },
  status: 400,
  code,
  ...(says === undefined ? {} : { says: JSON.stringify(says).slice(1, -1) }),
});

/** What a composite query may not be. */
export const QUERY_CASES = [
  refused("query and queries", { query: part, queries: [part] }),
  refused(
    "no part that finds",
    { query: { ...part, negative: true } },
    "invalid-request",
    "a weight above 0, and without negative",
  ),
  refused("a query in quotes", { query: "a cat" }, "invalid-request", 'such as {"text": "a cat"}'),
  refused("a part of weight 0 that requires nothing", { queries: [part, { ...part, weight: 0 }] }),
  refused("a negative part that requires", {
    queries: [part, { ...part, negative: true, similarityMin: 0.5 }],
  }),
  refused("a similarity above 1", { query: { ...part, similarityMin: 1.5 } }, "limit-exceeded"),
  refused("offset and k past the end", { query: part, offset: 9_999, k: 2 }, "invalid-request"),
  refused("an offset below 0", { query: part, offset: -1 }, "limit-exceeded"),
  refused("depth 0", { query: part, depth: 0 }, "limit-exceeded"),
  refused("an unknown way to fuse", { query: part, fuse: "magic" }),
  refused("an unknown grouping", { query: part, groupBy: "n" }),
  refused("folding above 1", { query: part, diversity: { foldAbove: 2 } }, "limit-exceeded"),
  refused(
    "a coverage of no kind",
    { query: part, coverage: "some" },
    "invalid-request",
    '"any", "all" or {"atLeast": 0.9}',
  ),
  refused("a coverage share of 0", { query: part, coverage: { atLeast: 0 } }, "limit-exceeded"),
  refused("reranking without a text", { query: part, rerank: {} }),
  refused("reranking with a negative text alone", {
    queries: [part, { text: "x", negative: true }],
    rerank: {},
  }),
  refused("a page past what is reranked", {
    query: { text: "x" },
    k: 10,
    offset: 15,
    rerank: { depth: 20 },
  }),
  refused(
    "a field without its $",
    { query: part, filter: { n: { gt: 3 } } },
    "invalid-filter",
    "did you mean $gt?",
  ),
  refused(
    "a $not inside a field",
    { query: part, filter: { n: { $not: { $gt: 3 } } } },
    "invalid-filter",
    '{"$not": {"n": ...}}',
  ),
  refused(
    "a prefix of a number",
    { query: part, filter: { n: { $prefix: "a" } } },
    "invalid-filter",
    "needs a field of type string; n is number",
  ),
  refused("17 parts", { queries: Array.from({ length: 17 }, () => part) }, "limit-exceeded"),
  refused(
    "parts that add up to nothing",
    { fuse: "vectors", queries: [part, { ...part, negative: true }] },
    "invalid-vector",
  ),
  refused("a text where no model fills a space", { query: { text: "x" } }),
];

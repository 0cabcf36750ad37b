import fc from "fast-check";
import { expect, test } from "vitest";
import type { Caller } from "../../shared/contracts/caller.ts";
import { RegionQuery, type QueryPart } from "../../shared/contracts/query.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { cacheKey, normalisePart, type AnswerQuery } from "./cache-key.ts";

const caller: Caller = { tenant: "t", keyId: "k", scopes: ["read"] };
const query = (more: Partial<AnswerQuery> = {}): AnswerQuery => ({
  ...RegionQuery.parse({ queries: [{ text: "a cat" }] }),
  collection: "c",
  ...more,
});
const plain = { weight: 1, negative: false };

const scalar = fc.oneof(fc.string({ maxLength: 5 }), fc.integer({ min: -3, max: 3 }), fc.boolean());
const filter = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.oneof(scalar, fc.record({ $in: fc.array(scalar, { minLength: 1, maxLength: 3 }) })),
  { maxKeys: 3 },
);
const part: fc.Arbitrary<QueryPart> = fc.oneof(
  fc.record({
    text: fc.constantFrom("a", "b", "a b", "1"),
    weight: fc.constantFrom(1, 2),
    negative: fc.boolean(),
  }),
  fc.record({
    like: fc.constantFrom("a", "b"),
    weight: fc.constant(0),
    negative: fc.constant(false),
    similarityMin: fc.constantFrom(0.1, 0.2),
  }),
  fc.record({
    vector: fc.array(fc.constantFrom(0.5, 1), { minLength: 1, maxLength: 2 }),
    space: fc.constantFrom("v", "w"),
    weight: fc.constant(1),
    negative: fc.constant(false),
  }),
);
const ordering = fc.record(
  {
    offset: fc.constantFrom(0, 10),
    depth: fc.constantFrom(100, 200),
    fuse: fc.constantFrom("ranks" as const, "scores" as const),
    groupBy: fc.constantFrom("document" as const, "passage" as const),
    minScore: fc.constantFrom(0, 0.5),
    diversity: fc.record({ foldAbove: fc.constantFrom(0.9, 1) }),
    exact: fc.boolean(),
    explain: fc.boolean(),
  },
  { requiredKeys: [] },
);
const anyQuery = fc
  .record({
    collection: fc.constantFrom("c", "d"),
    queries: fc.array(part, { minLength: 1, maxLength: 2 }),
    k: fc.constantFrom(1, 10),
    filter: fc.option(filter, { nil: undefined }),
    ordering,
  })
  .map(({ collection, queries, k, filter: of, ordering: more }) => ({
    ...RegionQuery.parse({ queries: [{ text: "a" }], k, ...more }),
    queries,
    collection,
    ...(of === undefined ? {} : { filter: of }),
  }));

test("keys are equal exactly when the queries are", () => {
  fc.assert(
    fc.property(anyQuery, anyQuery, (a, b) => {
      expect(cacheKey(caller, a) === cacheKey(caller, b)).toBe(deepEqual(a, b));
    }),
    { numRuns: 10_000 },
  );
});

test("the order of keys, white space, and numbers or base64 for a vector make no other key", () => {
  const same = (a: AnswerQuery, b: AnswerQuery) =>
    expect(cacheKey(caller, a)).toBe(cacheKey(caller, b));
  same(query({ filter: { a: 1, b: 2 } }), query({ filter: { b: 2, a: 1 } }));
  same(query({ queries: [normalisePart({ text: " a  cat\n", ...plain })] }), query());
  const vector = [0.1, 0.2, 0.3];
  same(
    query({ queries: [{ vector, space: "v", ...plain }] }),
    query({
      queries: [{ vector: encodeVector(Float32Array.from(vector)), space: "v", ...plain }],
    }),
  );
});

test.each<[string, Partial<AnswerQuery>, Partial<AnswerQuery>]>([
  ['1 and "1"', { filter: { a: 1 } }, { filter: { a: "1" } }],
  ["1 and true", { filter: { a: 1 } }, { filter: { a: true } }],
  [
    '["a","b"] and ["a,b"]',
    { filter: { a: { $in: ["a", "b"] } } },
    { filter: { a: { $in: ["a,b"] } } },
  ],
  [
    "a text that looks like the key's own form",
    { queries: [{ text: '","k":10', ...plain }] },
    { queries: [{ text: "", ...plain }] },
  ],
])("%s are two keys", (_, a, b) => {
  expect(cacheKey(caller, query(a))).not.toBe(cacheKey(caller, query(b)));
});

test("two tenants never share a key; two keys of one tenant do", () => {
  expect(cacheKey({ ...caller, tenant: "u" }, query())).not.toBe(cacheKey(caller, query()));
  expect(cacheKey({ ...caller, keyId: "l" }, query())).toBe(cacheKey(caller, query()));
});

function deepEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

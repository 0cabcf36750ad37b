import { LIMITS } from "../../shared/contracts/limits.ts";
import { vectorOf } from "./vectors.ts";

/** A published limit: what just keeps it, and what just does not. */
export interface LimitCase {
  readonly what: string;
  readonly at: Sent;
  readonly over: Sent;
  readonly pointer?: string;
  /** What the refusal says: the limit. */
  readonly says?: string;
  /** Of the refusal, where it is not `limit-exceeded`. */
  readonly code?: string;
  readonly status?: number;
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

const query = { vector: vectorOf(1), space: "v" };
const retrieve = (more: object): Sent => ({ json: { collection: "limits", query, ...more } });
const put = (documents: readonly object[], headers?: Record<string, string>): Sent => ({
  path: "/v1/documents",
  json: { collection: "limits", documents },
  ...(headers === undefined ? {} : { headers }),
});
const document = (more: object) => ({ id: "at", vectors: { v: vectorOf(2) }, ...more });
const create = (name: string, more: object): Sent => ({
  path: "/v1/collections",
  json: { name, spaces: { v: { model: "none", dimension: 8 } }, shards: 1, ...more },
});
const get = (path: string): Sent => ({ path, method: "GET" });
const many = <T>(count: number, of: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => of(i));
const nots = (count: number) =>
  many(count, (i) => i).reduce<object>((inner) => ({ $not: inner }), { n: 1 });
const longTexts = (count: number) =>
  many(count, (i) => `${i}`.padEnd(LIMITS.filterStringCharsMax, "x"));
const padded = (bytes: number): Sent => {
  const text = JSON.stringify({ collection: "limits", query });
  return { body: text.padEnd(bytes, " ") };
};
const metadataOf = (bytes: number) => ({ x: "x".repeat(bytes - '{"x":""}'.length) });
const deep = (depth: number): Sent =>
  put([
    document({ metadata: { x: many(depth - 4, (i) => i).reduce<unknown>((inner) => [inner], 1) } }),
  ]);
const spaces = (count: number) =>
  Object.fromEntries(many(count, (i) => [`s${i}`, { model: "none", dimension: 2 }]));
const fields = (count: number) => Object.fromEntries(many(count, (i) => [`f${i}`, "number"]));
const ids = (count: number): Sent => ({
  path: "/v1/documents/get",
  json: { collection: "limits", ids: many(count, (i) => `d${i}`) },
});

/** Every limit that a request alone can pass. */
export const LIMIT_TABLE: readonly LimitCase[] = [
  {
    what: "bytes of a body",
    at: padded(LIMITS.bodyBytesMax),
    over: padded(LIMITS.bodyBytesMax + 1),
    code: "body-too-large",
    status: 413,
    says: String(LIMITS.bodyBytesMax),
  },
  { what: "nesting of JSON", at: deep(32), over: deep(33), says: "32" },
  {
    what: "k",
    at: retrieve({ k: 1_000 }),
    over: retrieve({ k: 1_001 }),
    pointer: "/k",
    says: "1000",
  },
  {
    what: "offset and k",
    at: retrieve({ offset: 9_990 }),
    over: retrieve({ offset: 9_991 }),
    pointer: "/offset",
    says: "10000",
    code: "invalid-request",
  },
  {
    what: "depth",
    at: retrieve({ depth: 10_000 }),
    over: retrieve({ depth: 10_001 }),
    pointer: "/depth",
    says: "10000",
  },
  {
    what: "parts of a query",
    at: { json: { collection: "limits", queries: many(16, () => query) } },
    over: { json: { collection: "limits", queries: many(17, () => query) } },
    pointer: "/queries",
    says: "16",
  },
  {
    what: "characters of a query's text",
    at: {
      json: { collection: "pictures", query: { text: "a ".repeat(4_095).padEnd(8_192, "b") } },
    },
    over: { json: { collection: "pictures", query: { text: "a".repeat(8_193) } } },
    pointer: "/query/text",
    says: "8192",
  },
  {
    what: "levels of a filter",
    at: retrieve({ filter: nots(7) }),
    over: retrieve({ filter: nots(8) }),
    says: "8 levels",
  },
  {
    what: "nodes of a filter",
    at: retrieve({ filter: { $or: many(199, (n) => ({ n })) } }),
    over: retrieve({ filter: { $or: many(200, (n) => ({ n })) } }),
    says: "200 nodes",
  },
  {
    what: "values of a list in a filter",
    at: retrieve({ filter: { n: { $in: many(1_000, (i) => i) } } }),
    over: retrieve({ filter: { n: { $in: many(1_001, (i) => i) } } }),
    pointer: "/filter/n/$in",
    says: "1000 values",
  },
  {
    what: "characters of a text in a filter",
    at: retrieve({ filter: { s: "x".repeat(1_024) } }),
    over: retrieve({ filter: { s: "x".repeat(1_025) } }),
    pointer: "/filter/s",
    says: "1024 characters",
  },
  {
    what: "characters of all texts in a filter",
    at: retrieve({ filter: { s: { $in: longTexts(64) } } }),
    over: retrieve({ filter: { s: { $in: [...longTexts(64), "x"] } } }),
    says: "65536 characters",
  },
  {
    what: "bytes of an id",
    at: put([document({ id: "é".repeat(256) })]),
    over: put([document({ id: `${"é".repeat(256)}x` })]),
    pointer: "/documents/0/id",
    says: "512 bytes",
  },
  {
    what: "documents of a request",
    at: put(many(1_000, (i) => ({ id: `d${i}`, vectors: { v: vectorOf(i) } }))),
    over: put(many(1_001, (i) => ({ id: `d${i}`, vectors: { v: vectorOf(i) } }))),
    pointer: "/documents",
    says: "1000",
  },
  {
    what: "characters of a document's text",
    at: put([document({ text: "x ".repeat(20_000) })]),
    over: put([document({ text: "x ".repeat(20_001) })]),
    pointer: "/documents/0/text",
    says: "40000",
  },
  {
    what: "characters of a title",
    at: put([document({ title: "x".repeat(500) })]),
    over: put([document({ title: "x".repeat(501) })]),
    pointer: "/documents/0/title",
    says: "500",
  },
  {
    what: "bytes of metadata",
    at: put([document({ metadata: metadataOf(8_192) })]),
    over: put([document({ metadata: metadataOf(8_193) })]),
    pointer: "/documents/0/metadata",
    says: "8192 bytes",
    code: "invalid-request",
  },
  {
    what: "spaces of a collection",
    at: create("spaces-4", { spaces: spaces(4) }),
    over: create("spaces-5", { spaces: spaces(5) }),
    pointer: "/spaces",
    says: "4 spaces",
    code: "invalid-request",
  },
  {
    what: "fields of a collection",
    at: create("fields-32", { fields: fields(32) }),
    over: create("fields-33", { fields: fields(33) }),
    pointer: "/fields",
    says: "32 fields",
    code: "invalid-request",
  },
  {
    what: "names in a field's path",
    at: create("path-4", { fields: { "a.b.c.d": "number" } }),
    over: create("path-5", { fields: { "a.b.c.d.e": "number" } }),
    code: "invalid-request",
  },
  {
    what: "dimensions of a space",
    at: create("dimensions", { spaces: { v: { model: "none", dimension: 4_096 } } }),
    over: create("dimensions-over", { spaces: { v: { model: "none", dimension: 4_097 } } }),
    pointer: "/spaces/v/dimension",
    says: "4096",
  },
  {
    what: "shards of a collection",
    at: create("shards-16", { shards: 16 }),
    over: create("shards-17", { shards: 17 }),
    pointer: "/shards",
    says: "16",
  },
  {
    what: "characters of a collection's name",
    at: create("c".repeat(64), {}),
    over: create("c".repeat(65), {}),
    pointer: "/name",
    says: "64",
    code: "invalid-request",
  },
  {
    what: "the longest deadline",
    at: retrieve({ deadlineMs: 30_000 }),
    over: retrieve({ deadlineMs: 30_001 }),
    pointer: "/deadlineMs",
    says: "30000",
  },
  {
    what: "the shortest deadline of a write",
    at: put([document({})]),
    over: {
      path: "/v1/documents",
      json: { collection: "limits", documents: [document({})], deadlineMs: 49 },
    },
    pointer: "/deadlineMs",
    says: "50",
  },
  {
    what: "the widest bound",
    at: retrieve({ maxStalenessMs: 3_600_000 }),
    over: retrieve({ maxStalenessMs: 3_600_001 }),
    pointer: "/maxStalenessMs",
    says: "3600000",
  },
  {
    what: "documents of a page",
    at: get("/v1/documents?collection=limits&limit=1000"),
    over: get("/v1/documents?collection=limits&limit=1001"),
    pointer: "/limit",
    says: "1000",
  },
  {
    what: "ids asked for at once",
    at: ids(1_000),
    over: ids(1_001),
    pointer: "/ids",
    says: "1000",
  },
  {
    what: "characters of an idempotency key",
    at: put([document({})], { "idempotency-key": "i".repeat(255) }),
    over: put([document({})], { "idempotency-key": "i".repeat(256) }),
    says: "255",
    code: "invalid-request",
  },
];

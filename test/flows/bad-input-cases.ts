import { vectorOf } from "./vectors.ts";
import { QUERY_CASES } from "./bad-query-cases.ts";

/** A request that must be refused; a retrieval of collection `v` where nothing else is said. */
export interface BadInput {
  readonly what: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly key?: "none" | "wrong" | "read";
  readonly status: number;
  readonly code: string;
}

const vector = { vector: vectorOf(1), space: "v" };
const retrieve = (more: object) => ({ collection: "v", query: vector, ...more });
const put = (document: object, collection = "v") => ({
  path: "/v1/documents",
  json: { collection, documents: [document] },
});
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

export const CASES: readonly BadInput[] = [
  { what: "malformed JSON", body: '{"collection":', status: 400, code: "malformed-json" },
  { what: "JSON nested 100,000 deep", body: nested(100_000), status: 400, code: "limit-exceeded" },
  {
    what: "a key twice",
    body: '{"collection":"v","collection":"w","query":{"text":"x"}}',
    status: 400,
    code: "malformed-json",
  },
  {
    what: "__proto__",
    body: '{"collection":"v","__proto__":{"k":1},"query":{"text":"x"}}',
    status: 400,
    code: "malformed-json",
  },
  {
    what: "a lone surrogate",
    body: '{"collection":"v","query":{"text":"\\ud800"}}',
    status: 400,
    code: "malformed-json",
  },
  {
    what: "invalid UTF-8",
    body: new Uint8Array([0x7b, 0xff, 0x7d]),
    status: 400,
    code: "malformed-json",
  },
  {
    what: "a byte order mark",
    body: `\ufeff${JSON.stringify(retrieve({}))}`,
    status: 400,
    code: "malformed-json",
  },
  { what: "an unknown field", json: retrieve({ kk: 3 }), status: 400, code: "invalid-request" },
  { what: "no query", json: { collection: "v" }, status: 400, code: "invalid-request" },
  {
    what: "an unknown collection",
    json: { collection: "nothing", query: { text: "x" } },
    status: 404,
    code: "not-found",
  },
  {
    what: "a hostile collection name",
    json: { collection: "../etc", query: { text: "x" } },
    status: 400,
    code: "invalid-request",
  },
  { what: "k 0", json: retrieve({ k: 0 }), status: 400, code: "limit-exceeded" },
  { what: "k 1,001", json: retrieve({ k: 1_001 }), status: 400, code: "limit-exceeded" },
  { what: "k 1.5", json: retrieve({ k: 1.5 }), status: 400, code: "invalid-request" },
  { what: "deadlineMs 0", json: retrieve({ deadlineMs: 0 }), status: 400, code: "limit-exceeded" },
  {
    what: "a query vector of another dimension",
    json: { collection: "v", query: { vector: [1, 2], space: "v" } },
    status: 400,
    code: "invalid-vector",
  },
  {
    what: "Infinity in a query vector",
    body: '{"collection":"v","query":{"vector":[1e999,0,0,0,0,0,0,0],"space":"v"}}',
    status: 400,
    code: "invalid-vector",
  },
  {
    what: "a zero vector",
    json: { collection: "v", query: { vector: Array(8).fill(0), space: "v" } },
    status: 400,
    code: "invalid-vector",
  },
  {
    what: "NaN in a base64 vector",
    json: {
      collection: "v",
      query: {
        vector: Buffer.from(new Float32Array(8).fill(Number.NaN).buffer).toString("base64"),
        space: "v",
      },
    },
    status: 400,
    code: "invalid-vector",
  },
  ...QUERY_CASES,
  {
    what: "an unknown space",
    json: { collection: "v", query: { vector: vectorOf(1), space: "w" } },
    status: 400,
    code: "invalid-request",
  },
  {
    what: "an unknown filter field",
    json: retrieve({ filter: { secret: 1 } }),
    status: 400,
    code: "invalid-filter",
  },
  {
    what: "a filter value of another type",
    json: retrieve({ filter: { n: "1" } }),
    status: 400,
    code: "invalid-filter",
  },
  {
    what: "an unknown operator",
    json: retrieve({ filter: { n: { $regex: "a" } } }),
    status: 400,
    code: "invalid-filter",
  },
  {
    what: "a filter nine deep",
    json: retrieve({
      filter: Array.from({ length: 9 }).reduce<object>((inner) => ({ $not: inner }), { n: 1 }),
    }),
    status: 400,
    code: "limit-exceeded",
  },
  {
    what: "a list of 1,001 in a filter",
    json: retrieve({ filter: { n: { $in: Array.from({ length: 1_001 }, (_, i) => i) } } }),
    status: 400,
    code: "limit-exceeded",
  },
  {
    what: "a position that is not one",
    json: retrieve({}),
    headers: { "nearfield-position": "x" },
    status: 400,
    code: "invalid-request",
  },
  { what: "no key", json: retrieve({}), key: "none", status: 401, code: "unauthenticated" },
  { what: "a wrong key", json: retrieve({}), key: "wrong", status: 401, code: "unauthenticated" },
  {
    what: "a read key that writes",
    ...put({ id: "x", vectors: { v: vectorOf(1) } }),
    key: "read",
    status: 403,
    code: "forbidden",
  },
  {
    what: "a read key that creates",
    path: "/v1/collections",
    json: { name: "x" },
    key: "read",
    status: 403,
    code: "forbidden",
  },
  {
    what: "no content type",
    body: "x",
    headers: { "content-type": "" },
    status: 415,
    code: "unsupported-media-type",
  },
  {
    what: "a body over 4 MiB",
    body: `{"collection":"${"x".repeat(4 * 1024 * 1024)}"}`,
    status: 413,
    code: "body-too-large",
  },
  {
    what: "a written vector of another dimension",
    ...put({ id: "x", vectors: { v: [1] } }),
    status: 400,
    code: "invalid-vector",
  },
  {
    what: "a written vector for no space",
    ...put({ id: "x", vectors: { w: [1] } }),
    status: 400,
    code: "invalid-vector",
  },
  {
    what: "metadata of another type",
    ...put({ id: "x", vectors: { v: vectorOf(1) }, metadata: { n: "1" } }),
    status: 400,
    code: "invalid-request",
  },
  {
    what: "an id of 513 bytes",
    ...put({ id: "x".repeat(513), vectors: { v: vectorOf(1) } }),
    status: 400,
    code: "limit-exceeded",
  },
  { what: "an empty document", ...put({ id: "x" }), status: 400, code: "invalid-request" },
  {
    what: "a text for a collection without a text space",
    ...put({ id: "x", text: "hello" }),
    status: 400,
    code: "invalid-request",
  },
  {
    what: "a corrupt picture",
    ...put(
      { id: "x", image: { base64: Buffer.from("not a picture").toString("base64") } },
      "pictures",
    ),
    status: 415,
    code: "unsupported-media-type",
  },
  {
    what: "a truncated picture",
    ...put(
      {
        id: "x",
        image: {
          base64: Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1").toString("base64"),
        },
      },
      "pictures",
    ),
    status: 422,
    code: "media-rejected",
  },
  {
    what: "an SVG",
    ...put(
      {
        id: "x",
        image: {
          base64: Buffer.from(
            "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
          ).toString("base64"),
        },
      },
      "pictures",
    ),
    status: 415,
    code: "unsupported-media-type",
  },
  {
    what: "a name that is taken",
    path: "/v1/collections",
    json: { name: "v" },
    status: 409,
    code: "already-exists",
  },
  {
    what: "a document that is not there",
    path: "/v1/documents/nothing?collection=v",
    method: "GET",
    status: 404,
    code: "not-found",
  },
  { what: "an unknown path", path: "/v1/nothing", json: {}, status: 404, code: "not-found" },
];

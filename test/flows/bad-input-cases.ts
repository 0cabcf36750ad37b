import type { BadInput } from "./bad-input-case.ts";
import { QUERY_CASES } from "./bad-query-cases.ts";
import { JSON_CASES } from "./json-hostile-cases.ts";
import { LIMIT_CASES } from "./limits-exceeded-cases.ts";
import { NAME_CASES } from "./name-hostile.ts";
import { VECTOR_CASES } from "./vector-invalid-cases.ts";
import { vectorOf } from "./vectors.ts";

const vector = { vector: vectorOf(1), space: "v" };
const retrieve = (more: object) => ({ collection: "v", query: vector, ...more });
const put = (document: object, collection = "v") => ({
  path: "/v1/documents",
  json: { collection, documents: [document] },
});

export const CASES: readonly BadInput[] = [
  ...JSON_CASES,
  ...VECTOR_CASES,
  ...LIMIT_CASES,
  ...NAME_CASES,
  { what: "an unknown field", json: retrieve({ kk: 3 }), status: 400, code: "invalid-request" },
  {
    what: "no collection",
    json: { query: vector },
    status: 400,
    code: "invalid-request",
    pointer: "/collection",
    says: "collection is needed",
  },
  {
    what: "lexical true",
    path: "/v1/collections",
    json: { name: "x", lexical: true },
    status: 400,
    code: "invalid-request",
    pointer: "/lexical",
    says: "write {}",
  },
  {
    what: "a shard key of no kind",
    path: "/v1/collections",
    json: { name: "x", shardKey: {} },
    status: 400,
    code: "invalid-request",
    pointer: "/shardKey/by",
    says: "by is one of id, tag, range",
  },
  {
    what: "a field nested too deep",
    path: "/v1/collections",
    json: { name: "x", fields: { "a.b.c.d.e": "string" } },
    status: 400,
    code: "invalid-request",
    pointer: "/fields/a.b.c.d.e",
    says: "a path has at most 4 names",
  },
  {
    what: "a space named as the full-text search",
    path: "/v1/collections",
    json: { name: "x", spaces: { lexical: { model: "text" } } },
    status: 400,
    code: "invalid-request",
    pointer: "/spaces/lexical",
    says: "lexical names the full-text search",
  },
  { what: "no query", json: { collection: "v" }, status: 400, code: "invalid-request" },
  {
    what: "an unknown collection",
    json: { collection: "nothing", query: { text: "x" } },
    status: 404,
    code: "not-found",
  },
  ...QUERY_CASES,
  {
    what: "an unknown space",
    json: { collection: "v", query: { vector: vectorOf(1), space: "w" } },
    status: 400,
    code: "invalid-request",
  },
  {
    what: "filter-injection: an unknown field",
    json: retrieve({ filter: { secret: 1 } }),
    status: 400,
    code: "invalid-filter",
    pointer: "/filter/secret",
  },
  {
    what: "filter-injection: a value of another type",
    json: retrieve({ filter: { n: "1" } }),
    status: 400,
    code: "invalid-filter",
    pointer: "/filter/n",
  },
  {
    what: "filter-injection: an unknown operator",
    json: retrieve({ filter: { n: { $regex: "a" } } }),
    status: 400,
    code: "invalid-filter",
    pointer: "/filter/n/$regex",
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
    what: "a read key that publishes regions",
    path: "/v1/regions",
    method: "PUT",
    json: { version: 1, regions: [{ name: "us-east-1", reads: "on" }] },
    key: "read",
    status: 403,
    code: "forbidden",
  },
  {
    what: "regions that are all off",
    path: "/v1/regions",
    method: "PUT",
    json: { version: 1, regions: [{ name: "us-east-1", reads: "off" }] },
    status: 400,
    code: "invalid-request",
    pointer: "/regions",
  },
  {
    what: "no content type",
    body: "x",
    headers: { "content-type": "" },
    status: 415,
    code: "unsupported-media-type",
  },
  {
    what: "metadata of another type",
    ...put({ id: "x", vectors: { v: vectorOf(1) }, metadata: { n: "1" } }),
    status: 400,
    code: "invalid-request",
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
  {
    what: "a snapshot of a name that none has",
    path: "/v1/snapshots/restore",
    json: { snapshot: "../secrets", into: "x" },
    status: 400,
    code: "invalid-request",
    pointer: "/snapshot",
  },
  {
    what: "a snapshot that is not there",
    path: "/v1/snapshots/restore",
    json: { snapshot: "aaaaaaaaaaaa-000000000000001-bbbbbbbb", into: "x" },
    status: 404,
    code: "not-found",
  },
  {
    what: "a snapshot of a collection that is not there",
    path: "/v1/snapshots",
    json: { collection: "never" },
    status: 404,
    code: "not-found",
  },
  { what: "an unknown path", path: "/v1/nothing", json: {}, status: 404, code: "not-found" },
];

import type { BadInput } from "./bad-input-case.ts";
import { vectorOf } from "./vectors.ts";

const retrieval = { collection: "v", query: { vector: vectorOf(1), space: "v" } };
/** A retrieval that is right, with more members behind; they are written as they are. */
const withMembers = (members: string) => `${JSON.stringify(retrieval).slice(0, -1)},${members}}`;
const RIGHT = JSON.stringify(retrieval);

const malformed = (what: string, body: BadInput["body"] & {}): BadInput => ({
  what: `json-hostile: ${what}`,
  body,
  status: 400,
  code: "malformed-json",
});
const refused = (what: string, body: string, code: string, more: object = {}): BadInput => ({
  what: `json-hostile: ${what}`,
  body,
  status: 400,
  code,
  ...more,
});

export const JSON_CASES: readonly BadInput[] = [
  { ...malformed("cut off", '{"collection":'), says: "line 1, column 15: value expected" },
  malformed("nothing at all", ""),
  refused("lists nested 100,000 deep", nested(100_000, "[", "]"), "limit-exceeded"),
  refused("objects nested 100,000 deep", nested(100_000, '{"a":', "}", "1"), "limit-exceeded"),
  refused(
    "a filter nested 100,000 deep",
    withMembers(`"filter":${nested(100_000, '{"$not":', "}", "{}")}`),
    "limit-exceeded",
  ),
  malformed("a key twice", withMembers('"k":1,"k":2')),
  malformed("a key twice, once escaped", withMembers('"k":1,"\\u006b":2')),
  malformed("a key twice in a filter", withMembers('"filter":{"n":1,"n":{"$gte":0}}')),
  malformed("tenant twice", withMembers('"tenant":"a","tenant":"b"')),
  refused("tenant once", withMembers('"tenant":"a"'), "invalid-request", { pointer: "/tenant" }),
  malformed("__proto__", withMembers('"__proto__":{"k":1}')),
  malformed("__proto__ in a filter", withMembers('"filter":{"__proto__":{"n":1}}')),
  refused("constructor", withMembers('"constructor":{"k":1}'), "invalid-request"),
  malformed("a byte order mark", `\ufeff${RIGHT}`),
  malformed("invalid UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])),
  malformed("overlong UTF-8", new Uint8Array([0x22, 0xc0, 0xaf, 0x22])),
  malformed("a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])),
  malformed("UTF-16 with its mark", utf16(`\ufeff${RIGHT}`)),
  malformed("UTF-16 without one", utf16(RIGHT)),
  malformed("a lone surrogate", '{"collection":"v","query":{"text":"\\ud800"}}'),
  malformed("a lone surrogate in a key", withMembers('"\\udfff":1')),
  malformed("trailing bytes", `${RIGHT} x`),
  malformed("two documents", `${RIGHT}${RIGHT}`),
  malformed("a comment", `/* k */${RIGHT}`),
  malformed("a comment at the end", `${RIGHT}// k`),
  malformed("a trailing comma", `${RIGHT.slice(0, -1)},}`),
  malformed("single quotes", "{'collection':'v'}"),
  malformed("NaN", withMembers('"k":NaN')),
  malformed("a number with a leading zero", withMembers('"k":010')),
  malformed("a raw NUL in a string", withMembers('"fuse":"a\0"')),
  // JSON has no largest number, JavaScript has: what is beyond it is no k, and no value of a field.
  refused("k 1e999", withMembers('"k":1e999'), "invalid-request", { pointer: "/k" }),
  refused("k of 400 digits", withMembers(`"k":${"9".repeat(400)}`), "invalid-request", {
    pointer: "/k",
  }),
  refused("a filter of 1e999", withMembers('"filter":{"n":1e999}'), "invalid-filter", {
    pointer: "/filter/n",
  }),
  refused("k -0", withMembers('"k":-0'), "limit-exceeded", { pointer: "/k" }),
  refused(
    "1e999 in metadata",
    '{"collection":"v","documents":[{"id":"x","vectors":{"v":[1,0,0,0,0,0,0,0]},"metadata":{"n":1e999}}]}',
    "invalid-request",
    { path: "/v1/documents", pointer: "/documents/0/metadata/n" },
  ),
  refused("200,000 unknown keys", withMembers(manyKeys(200_000)), "invalid-request"),
  refused(
    "a filter of 200,000 keys",
    withMembers(`"filter":{${manyKeys(200_000)}}`),
    "limit-exceeded",
    { pointer: "/filter" },
  ),
  refused("a key of 1 MB", withMembers(`"${"x".repeat(1_000_000)}":1`), "invalid-request"),
  refused(
    "a filter's key of 1 MB",
    withMembers(`"filter":{"${"x".repeat(1_000_000)}":1}`),
    "invalid-filter",
  ),
  refused(
    "a space's name of 1 MB",
    `{"collection":"v","documents":[{"id":"x","vectors":{"${"x".repeat(1_000_000)}":[1]}}]}`,
    "invalid-vector",
    { path: "/v1/documents" },
  ),
  refused("a text, not an object", '"collection"', "invalid-request"),
  refused("a list, not an object", "[]", "invalid-request"),
  {
    what: "json-hostile: 1,000,000 keys",
    body: withMembers(manyKeys(1_000_000)),
    status: 413,
    code: "body-too-large",
  },
  {
    what: "json-hostile: a key twice in a line of NDJSON",
    path: "/v1/documents?collection=v",
    headers: { "content-type": "application/x-ndjson" },
    body: '{"id":"x","vectors":{"v":[1,0,0,0,0,0,0,0]}}\n{"id":"y","id":"z","vectors":{"v":[1,0,0,0,0,0,0,0]}}',
    status: 400,
    code: "malformed-json",
  },
];

function nested(depth: number, open: string, close: string, inside = ""): string {
  return `${open.repeat(depth)}${inside}${close.repeat(depth)}`;
}

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"x${i}":1`).join(",");
}

function utf16(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "utf16le"));
}

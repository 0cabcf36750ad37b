import type { BadInput } from "./bad-input-case.ts";
import { vectorOf } from "./vectors.ts";

const NAN = Number.NaN;
const base64 = (values: readonly number[]) =>
  Buffer.from(Float32Array.from(values).buffer).toString("base64");
const eight = (...values: readonly number[]) => [...values, ...Array(8 - values.length).fill(0)];

/** What is no vector of the space `v`, which has eight dimensions. JSON, since some of it is no value of JavaScript. */
const BAD_VECTORS: Readonly<Record<string, string>> = {
  "of seven dimensions": JSON.stringify(vectorOf(1).slice(1)),
  "of nine dimensions": JSON.stringify([...vectorOf(1), 1]),
  "of 65,536 dimensions": JSON.stringify(Array(65_536).fill(1)),
  "of no dimension": "[]",
  "with a null": "[1,null,0,0,0,0,0,0]",
  "with a text": '[1,"1",0,0,0,0,0,0]',
  "with true": "[1,true,0,0,0,0,0,0]",
  "of lists": "[[1],[0],[0],[0],[0],[0],[0],[0]]",
  "with 1e999": "[1e999,0,0,0,0,0,0,0]",
  // A double, and no float32.
  "with 1e39": "[1e39,0,0,0,0,0,0,0]",
  "all zero": JSON.stringify(eight()),
  "all minus zero": "[-0,-0,-0,-0,-0,-0,-0,-0]",
  // Nothing is left of it as float32.
  "with 1e-60 alone": "[1e-60,0,0,0,0,0,0,0]",
  "in base64, with NaN": JSON.stringify(base64(eight(1, NAN))),
  "in base64, with infinity": JSON.stringify(base64(eight(1, Number.NEGATIVE_INFINITY))),
  "in base64, all zero": JSON.stringify(base64(eight())),
  "in base64, of seven dimensions": JSON.stringify(base64(vectorOf(1).slice(1))),
  "in base64, of 31 bytes": JSON.stringify(Buffer.alloc(31, 1).toString("base64")),
  "in base64 of the web": JSON.stringify("_-".repeat(21)),
  "in base64 with a line's end": JSON.stringify(`${base64(vectorOf(1))}!\n`),
  "an empty text": '""',
  "an object": '{"0":1,"length":8}',
  "a number": "1",
  null: "null",
};

const queried = (name: string, vector: string): BadInput => ({
  what: `vector-invalid: a query ${name}`,
  body: `{"collection":"v","query":{"vector":${vector},"space":"v"}}`,
  status: 400,
  code: "invalid-vector",
});
/** The third of three documents has it: its index is named, and the two others are not written. */
const written = (name: string, vector: string): BadInput => ({
  what: `vector-invalid: a document's ${name}`,
  path: "/v1/documents",
  body: `{"collection":"v","documents":[{"id":"good-1","vectors":{"v":${JSON.stringify(vectorOf(5))}}},{"id":"good-2","vectors":{"v":${JSON.stringify(base64(vectorOf(6)))}}},{"id":"bad","vectors":{"v":${vector}}}]}`,
  status: 400,
  code: "invalid-vector",
});

export const VECTOR_CASES: readonly BadInput[] = [
  ...Object.entries(BAD_VECTORS).map(([name, vector]) => queried(name, vector)),
  ...Object.entries(BAD_VECTORS).map(([name, vector]) => written(name, vector)),
  {
    what: "vector-invalid: the second of two parts",
    json: {
      collection: "v",
      queries: [
        { vector: vectorOf(1), space: "v" },
        { vector: eight(), space: "v" },
      ],
    },
    status: 400,
    code: "invalid-vector",
    pointer: "/queries/1/vector",
  },
  {
    what: "vector-invalid: a vector for no space",
    path: "/v1/documents",
    json: { collection: "v", documents: [{ id: "x", vectors: { w: [1] } }] },
    status: 400,
    code: "invalid-vector",
    pointer: "/documents/0/vectors/w",
  },
  {
    what: "vector-invalid: a vector for a space named constructor",
    path: "/v1/documents",
    json: { collection: "v", documents: [{ id: "x", vectors: { constructor: vectorOf(1) } }] },
    status: 400,
    code: "invalid-vector",
    pointer: "/documents/0/vectors/constructor",
  },
  {
    what: "vector-invalid: 1,000 vectors of 65,536 dimensions",
    path: "/v1/documents",
    body: `{"collection":"v","documents":[${Array(1_000)
      .fill(`{"vectors":{"v":"${"A".repeat(10_000)}"}}`)
      .join(",")}]}`,
    status: 413,
    code: "body-too-large",
  },
];

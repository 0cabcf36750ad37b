import { expect, test } from "vitest";
import { RegionEnv } from "./region-env.ts";

const PLAIN = {
  NEARFIELD_REGION: "us-east-1",
  NEARFIELD_LOG_URL: "http://127.0.0.1:1",
  NEARFIELD_LOG_TOKEN: "t",
  NEARFIELD_REDIS_URL: "http://127.0.0.1:2",
  NEARFIELD_REDIS_TOKEN: "t",
  NEARFIELD_EMBEDDER_URL: "http://127.0.0.1:3",
  NEARFIELD_STORE: "milvus:https://milvus.example.com:19530",
  NEARFIELD_BLOBS: "/blobs",
  NEARFIELD_CALLER_SECRET: "s".repeat(32),
  NEARFIELD_OTHER_REGIONS: "[]",
};

test("Milvus has defaults, and takes a user and a password as the token that they are", () => {
  expect(RegionEnv.parse(PLAIN)).toMatchObject({
    NEARFIELD_MILVUS_PREFIX: "",
    NEARFIELD_MILVUS_REPLICAS: 1,
  });
  const parsed = RegionEnv.parse({
    ...PLAIN,
    NEARFIELD_MILVUS_USER: "root",
    NEARFIELD_MILVUS_PASSWORD: "a:b",
    NEARFIELD_MILVUS_ROOT_CERTIFICATE: "/ca.pem",
    NEARFIELD_MILVUS_VECTOR_FIELDS: "single",
    NEARFIELD_MILVUS_INDEX: '{"kind":"HNSW","ef":200}',
    NEARFIELD_MILVUS_REPLICAS: "3",
  });
  expect(parsed).toMatchObject({
    NEARFIELD_MILVUS_TOKEN: "root:a:b",
    NEARFIELD_MILVUS_VECTOR_FIELDS: "single",
    NEARFIELD_MILVUS_INDEX: { kind: "HNSW", m: 24, efConstruction: 300, ef: 200 },
    NEARFIELD_MILVUS_REPLICAS: 3,
  });
});

test("terms and lost entries are kept where the blobs are, unless another place is named", () => {
  const blobs = "s3://bucket/all";
  const terms = (more: object) =>
    RegionEnv.parse({ ...PLAIN, NEARFIELD_BLOBS: blobs, ...more }).NEARFIELD_TERMS;
  expect([terms({}), terms({ NEARFIELD_TERMS: "/terms" })]).toEqual([blobs, "/terms"]);
});

test.each([
  ["a user without a password", { NEARFIELD_MILVUS_USER: "root" }],
  ["terms that are neither in a folder nor in a bucket", { NEARFIELD_TERMS: "terms" }],
  [
    "both a token and a user",
    {
      NEARFIELD_MILVUS_TOKEN: "t",
      NEARFIELD_MILVUS_USER: "root",
      NEARFIELD_MILVUS_PASSWORD: "p",
    },
  ],
  [
    "a certificate for a plain connection",
    {
      NEARFIELD_STORE: "milvus:milvus.example.com:19530",
      NEARFIELD_MILVUS_ROOT_CERTIFICATE: "/ca.pem",
    },
  ],
  ["a relative certificate", { NEARFIELD_MILVUS_ROOT_CERTIFICATE: "ca.pem" }],
  ["an unknown index", { NEARFIELD_MILVUS_INDEX: '{"kind":"IVF"}' }],
  ["an index that is not JSON", { NEARFIELD_MILVUS_INDEX: "HNSW" }],
  ["no replica", { NEARFIELD_MILVUS_REPLICAS: "0" }],
  ["an unknown layout", { NEARFIELD_MILVUS_VECTOR_FIELDS: "many" }],
])("%s is refused", (_name, more) => {
  expect(RegionEnv.safeParse({ ...PLAIN, ...more }).success).toBe(false);
});

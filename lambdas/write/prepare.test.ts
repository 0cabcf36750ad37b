import { expect, test } from "vitest";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { prepareDocuments } from "./prepare.ts";

const record: CollectionRecord = {
  tenant: "t",
  name: "c",
  incarnation: "abcdefghij01",
  primary: "us-east-1",
  term: 1,
  schemaVersion: 1,
  spaces: { v: { model: "none", digest: null, dimension: 2, metric: "cosine", weight: 1 } },
  fields: { s: "string", "made.at": "date", "made.by": "strings" },
  lexical: null,
  shardMaps: [{ version: 1, shards: 1, key: { by: "id" } }],
};

const prepare = (...metadata: Parameters<typeof documentOf>[0][]) =>
  prepareDocuments(
    record,
    metadata.map(documentOf),
    metadata.map((_, i) => `${i}`),
  );

function documentOf(metadata: Record<string, string | Record<string, string | string[] | null>>) {
  return { metadata, vectors: { v: [1, 0] } };
}

test("metadata of the declared types passes, so does what is missing, null or not declared", () => {
  const made = { at: "2024-05-01", by: ["a", ""] };
  expect(
    prepare({ s: "x", made }, {}, { made: { at: null } }, { made: "x", other: "y" }),
  ).toHaveLength(4);
});

test("a path that is written as one key would never be found: it is told how to write it", () => {
  expect(() => prepare({ "made.at": "garbage" }, { made: { at: "2024-05-01" } })).toThrowError(
    expect.objectContaining({
      code: "invalid-request",
      errors: [{ pointer: "/documents/0/metadata/made.at", message: "write it as made: {at: …}" }],
    }),
  );
});

test("each value of another type is pointed at, and nothing is written", () => {
  expect(() =>
    prepare({ s: "\ud83d" }, { made: { at: "2024-05-01T12:00", by: "a" } }),
  ).toThrowError(
    expect.objectContaining({
      code: "invalid-request",
      errors: [
        expect.objectContaining({ pointer: "/documents/0/metadata/s" }),
        expect.objectContaining({ pointer: "/documents/1/metadata/made/at" }),
        expect.objectContaining({ pointer: "/documents/1/metadata/made/by" }),
      ],
    }),
  );
});

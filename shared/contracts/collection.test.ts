import { expect, test } from "vitest";
import { CollectionRecord, CreateCollectionRequest } from "./collection.ts";

const accepts = (field: string, type = "string") =>
  CreateCollectionRequest.safeParse({ name: "c", fields: { [field]: type } }).success;

const longest = Array.from({ length: 4 }, () => "L".repeat(64)).join(".");

test.each(["a", "A_9", "a.b", "a.b_.C.d", "constructor", longest])("%s names a field", (name) => {
  expect(accepts(name)).toBe(true);
});

test.each([
  "",
  "1a",
  "_a",
  "a-b",
  "a.b.c.d.e",
  ".a",
  "a.",
  "a..b",
  "a.1",
  "a.$b",
  "a b",
  "a`",
  "a\n",
  "é",
  `${longest}L`,
])("%j names none", (name) => {
  expect(accepts(name)).toBe(false);
});

test.each(["string", "number", "boolean", "date", "strings"])("%s is a type", (type) => {
  expect(accepts("a", type)).toBe(true);
});

test("nothing else is a type", () => {
  expect(accepts("a", "json")).toBe(false);
});

test("a field holds no other field, and it is said which of both is in the way", () => {
  const of = (fields: Record<string, string>) =>
    CreateCollectionRequest.safeParse({ name: "c", fields }).error?.issues.map(
      ({ path, message }) => [path.join("/"), message],
    );
  expect(of({ "a.b.c": "string", a: "number" })).toEqual([
    ["fields/a.b.c", "a is a field itself, of type number: it can't hold a.b.c"],
  ]);
  expect(of({ "a.b": "string", "a.bc": "string", ab: "string" })).toBeUndefined();
});

test("a record of before shards could be changed is read as one map by id", () => {
  const before = {
    tenant: "t",
    name: "c",
    incarnation: "aaaaaaaaaaaa",
    primary: "us-east-1",
    term: 1,
    schemaVersion: 1,
    spaces: {},
    fields: {},
    lexical: null,
    shards: 4,
  };
  expect(CollectionRecord.parse(before).shardMaps).toEqual([
    { version: 1, shards: 4, key: { by: "id" } },
  ]);
  expect(CollectionRecord.safeParse({ ...before, shards: 0 }).success).toBe(false);
});

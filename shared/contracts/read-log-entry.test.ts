import { expect, test } from "vitest";
import { EntryUnknown, readLogEntry } from "./read-log-entry.ts";

const put = { v: 1, kind: "put", id: "a", passages: [{ vectors: {} }], createdBy: "k" };
const read = (entry: unknown) => readLogEntry(JSON.stringify(entry), 7);

test("an entry is read as it was written", () => {
  expect(read(put)).toEqual(put);
});

test.each([
  ["lacks its id", { ...put, id: undefined }],
  ["has an id of another type", { ...put, id: 7 }],
  ["has no passage", { ...put, passages: [] }],
  ["has a vector that is no text", { ...put, passages: [{ vectors: { v: [1, 2] } }] }],
  ["deletes nothing", { v: 1, kind: "delete", createdBy: "k" }],
])("one that %s is parked", (_, entry) => {
  expect(read(entry)).toEqual({ kind: "parked" });
});

test.each([
  ["is of a newer version", { ...put, v: 2 }],
  ["is of a kind that is not known", { ...put, kind: "merge" }],
  ["has a part that is not known", { ...put, expires: 1 }],
  ["has such a part, and lacks another", { ...put, id: undefined, expires: 1 }],
  [
    "is over a limit, which may have been another one",
    { ...put, metadata: { ["x".repeat(99)]: 1 } },
  ],
  ["says of the log what can't be read", { v: 1, kind: "schema", version: "two" }],
  ["is no object", 7],
])("one that %s is not stepped over: a newer release may read it", (_, entry) => {
  expect(() => read(entry)).toThrow(EntryUnknown);
});

test("what is no JSON is not stepped over", () => {
  expect(() => readLogEntry("{", 7)).toThrow(EntryUnknown);
});

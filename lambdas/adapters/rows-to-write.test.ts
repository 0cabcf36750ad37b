import { expect, test } from "vitest";
import type { StoreRow } from "../ports/store.ts";
import { rowsToWrite } from "./rows-to-write.ts";

const row = (passage: number): StoreRow => ({ passage, body: "{}", fields: {}, vectors: {} });
const held = (passage: number, position: number) => ({ id: "a", passage, position });
const written = (rows: StoreRow[], stored: ReturnType<typeof held>[]) =>
  rowsToWrite([{ id: "a", position: 5, rows }], stored, 0).map(
    ({ passage, content }) => `${passage}${content === null ? " dead" : ""}`,
  );

test("a state that is there whole is not written again, and a newer one stays", () => {
  expect(written([row(0), row(1)], [held(0, 5), held(1, 5)])).toEqual([]);
  expect(written([row(0)], [held(0, 5), held(1, 5)])).toEqual([]); // Passage 1 is its tombstone.
  expect(written([], [held(0, 5)])).toEqual([]);
  expect(written([row(0)], [held(0, 6)])).toEqual([]);
});

test("a write that was cut off between two batches is finished by its repeat", () => {
  expect(written([row(0), row(1)], [held(0, 5)])).toEqual(["0", "1"]);
  expect(written([row(0), row(1)], [held(0, 5), held(1, 4)])).toEqual(["0", "1"]);
  expect(written([row(0)], [held(0, 5), held(1, 4)])).toEqual(["0", "1 dead"]);
});

test("a document that is not there yet is kept from coming back, once it is deleted", () => {
  expect(written([], [])).toEqual(["0 dead"]);
});

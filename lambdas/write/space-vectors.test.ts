import { expect, test } from "vitest";
import type { SettledSpace } from "../../shared/contracts/space.ts";
import { rowVectors } from "./space-vectors.ts";

const [x, y, z] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
].map((axis) => Float32Array.from(axis));
const [a, b, picture] = [x ?? [], y ?? [], z ?? []].map((axis) => Float32Array.from(axis));
const given = Float32Array.from([0.6, 0.8, 0]);
const texts = a === undefined || b === undefined ? [] : [a, b];
const seen = picture ?? null;
const plain = { digest: "d", dimension: 3, metric: "cosine", weight: 1 } as const;
const text: SettledSpace = { ...plain, model: "text" };
const image: SettledSpace = { ...plain, model: "image" };
const joint: SettledSpace = {
  ...image,
  modalities: ["text", "image"],
  textDigest: "sha256:0000000000000001",
};

test("a space of one kind takes what is of its kind", () => {
  const all = { texts, picture: seen, given: null };
  expect(rowVectors(text, all)).toEqual(texts);
  expect(rowVectors(image, all)).toEqual([seen]);
  expect(rowVectors({ ...plain, model: "none" }, all)).toEqual([]);
});

test("a vector that was brought stands for the first passage", () => {
  const all = { texts, picture: seen, given };
  expect(rowVectors(text, all)).toEqual([given, b]);
  expect(rowVectors(image, all)).toEqual([given]);
  expect(rowVectors({ ...plain, model: "none" }, all)).toEqual([given]);
  expect(rowVectors(joint, { ...all, texts: [] })).toEqual([given, seen]);
});

test("in a joint space the passages and the picture have a row each", () => {
  expect(rowVectors(joint, { texts, picture: seen, given: null })).toEqual([...texts, seen]);
  expect(rowVectors(joint, { texts: [], picture: seen, given: null })).toEqual([seen]);
  expect(rowVectors(joint, { texts, picture: null, given: null })).toEqual(texts);
});

test("or all are one: the picture weighs as much as all passages together", () => {
  const averaged: SettledSpace = { ...joint, combine: "average" };
  const [one, ...more] = rowVectors(averaged, { texts, picture: seen, given: null });
  expect(more).toEqual([]);
  expect([...(one ?? [])].map((value) => value.toFixed(3))).toEqual(["0.500", "0.500", "0.707"]);
  expect(rowVectors(averaged, { texts: [], picture: seen, given: null })).toEqual([seen]);
  expect(rowVectors(averaged, { texts, picture: seen, given })).toEqual([given]);
});

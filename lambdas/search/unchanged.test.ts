import { expect, test } from "vitest";
import type { KnownAnswer } from "../../shared/contracts/known-answer.ts";
import { isUnchanged } from "./unchanged.ts";

const point = { term: 1, position: 3, chain: "0".repeat(40) };
const served = { region: "r", incarnation: "a", map: 1, point, confirmed: null, now: null };
const later = { ...served, point: { ...point, position: 4 } };
const off: KnownAnswer = { incarnation: "a", map: 1, point, entryId: "e", watch: "off" };
const on: KnownAnswer = { ...off, watch: "on" };
const plain = { explain: false, exact: false };
const rerank = { depth: 20, budgetMs: 100, weight: 1 };
const never = async () => Promise.reject(new Error("the list was asked"));
const yes = async () => true;
const no = async () => false;

test("what can't be watched is unchanged at the same point only, and of the same incarnation", async () => {
  const unwatched = { ...plain, known: off };
  expect(await isUnchanged(unwatched, served, null, never)).toBe(true);
  expect(await isUnchanged({ ...plain, known: null }, served, null, never)).toBe(false);
  const other = { ...plain, known: { ...off, incarnation: "b" } };
  expect(await isUnchanged(other, served, null, never)).toBe(false);
  // Other spaces, weights or indexes come with another map, and with no position.
  const byAnother = { ...plain, known: { ...off, map: 2 } };
  expect(await isUnchanged(byAnother, served, null, never)).toBe(false);
  expect(await isUnchanged(unwatched, later, null, never)).toBe(false);
});

test("what is on the list is unchanged at any point where the list stands", async () => {
  expect(await isUnchanged({ ...plain, known: on }, later, null, yes)).toBe(true);
  expect(await isUnchanged({ ...plain, known: on }, later, null, no)).toBe(false);
});

test("an answer that is not on the list and could be is computed once more, to be put on it; one of a plan never can", async () => {
  const unasked: KnownAnswer = { ...off, watch: "unasked" };
  expect(await isUnchanged({ ...plain, known: unasked }, served, null, never)).toBe(false);
  expect(await isUnchanged({ ...plain, known: on }, served, null, no)).toBe(false);
  for (const more of [{ explain: true }, { exact: true }, { probe: 1 }]) {
    expect(await isUnchanged({ ...plain, ...more, known: unasked }, served, null, never)).toBe(
      true,
    );
    expect(await isUnchanged({ ...plain, ...more, known: unasked }, later, null, never)).toBe(
      false,
    );
  }
});

test("what was reranked is unchanged only by the same weights, which must be known", async () => {
  const held = { ...plain, known: { ...on, reranker: "m@1" }, rerank };
  expect(await isUnchanged(held, served, "m@1", yes)).toBe(true);
  expect(await isUnchanged(held, served, "m@2", yes)).toBe(false);
  expect(await isUnchanged(held, served, null, yes)).toBe(false);
  expect(await isUnchanged({ ...plain, known: on, rerank }, served, "m@1", yes)).toBe(false);
});

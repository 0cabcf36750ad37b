import { expect, test } from "vitest";
import { isUnchanged } from "./unchanged.ts";

const point = { term: 1, position: 3, chain: "0".repeat(40) };
const served = { region: "r", incarnation: "a", map: 1, point, confirmed: null, now: null };
const known = { incarnation: "a", map: 1, point };
const rerank = { depth: 20, budgetMs: 100, weight: 1 };

test("what was answered at the same point is unchanged, at another or of another incarnation it is not", () => {
  expect(isUnchanged({ known }, served, null)).toBe(true);
  expect(isUnchanged({ known: null }, served, null)).toBe(false);
  expect(isUnchanged({ known: { ...known, incarnation: "b" } }, served, null)).toBe(false);
  // Other spaces, weights or indexes come with another map, and with no position.
  expect(isUnchanged({ known: { ...known, map: 2 } }, served, null)).toBe(false);
  const later = { ...served, point: { ...point, position: 4 } };
  expect(isUnchanged({ known }, later, null)).toBe(false);
});

test("what was reranked is unchanged only by the same weights, which must be known", () => {
  const held = { known: { ...known, reranker: "m@1" }, rerank };
  expect(isUnchanged(held, served, "m@1")).toBe(true);
  expect(isUnchanged(held, served, "m@2")).toBe(false);
  expect(isUnchanged(held, served, null)).toBe(false);
  expect(isUnchanged({ known, rerank }, served, "m@1")).toBe(false);
});

import { expect, test } from "vitest";
import type { Caller } from "../../shared/contracts/caller.ts";
import { RetrieveRequest } from "../../shared/contracts/retrieve.ts";
import { Heat } from "./heat.ts";

const caller: Caller = { tenant: "t", keyId: "k", scopes: ["read"] };
const asking = (text: string) => RetrieveRequest.parse({ collection: "c", query: { text } });

test("what was asked is told every ten seconds, the most asked first, and counted anew", () => {
  const heat = new Heat();
  for (const key of ["a", "b", "b", "c", "b", "c"]) heat.asked(key, caller, asking(key));
  expect(heat.take(1_000).map(({ key, count }) => [key, count])).toEqual([
    ["b", 3],
    ["c", 2],
    ["a", 1],
  ]);
  heat.asked("a", caller, asking("a"));
  expect(heat.take(10_999)).toEqual([]);
  expect(heat.take(11_000)).toMatchObject([{ key: "a", count: 1, query: { caller } }]);
  expect(heat.take(30_000)).toEqual([]);
});

test("what it counts and what it tells is bounded, and a query of many bytes is not remembered", () => {
  const heat = new Heat();
  for (let i = 0; i < 5_000; i++) heat.asked(`k${i}`, caller, asking("x"));
  for (let i = 0; i < 3; i++) heat.asked("k7", caller, asking("x"));
  const told = heat.take(0);
  expect(told).toHaveLength(50);
  expect(told[0]).toMatchObject({ key: "k7", count: 4 });
  heat.asked("large", caller, asking("x".repeat(8_192)));
  expect(heat.take(20_000)).toEqual([]);
});

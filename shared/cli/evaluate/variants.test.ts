import { expect, test } from "vitest";
import { parse } from "../../contracts/parse.ts";
import { QueryPart } from "../../contracts/query.ts";
import type { EvaluationQuery } from "./query-file.ts";
import { readVariants, requestOf, requireAskable } from "./variants.ts";

const shared = { collection: "c", k: 10 };
const part = parse(QueryPart, { text: "costs $5" }, "it");
const query: EvaluationQuery = {
  id: "q",
  modality: "text",
  text: "costs $5",
  parts: [part],
  picture: null,
};

function request(variant: string) {
  const [read] = readVariants([variant]);
  if (read === undefined) throw new Error("one was given");
  return requestOf(read, query, [part], shared);
}

test("without a variant the query is asked as it is", () => {
  expect(readVariants([])).toEqual([{ name: "plain", members: {} }]);
  expect(request("plain={}")).toMatchObject({ collection: "c", k: 10, queries: [part] });
});

test("members are laid over the request, and keep their defaults where they have none", () => {
  expect(request('v={"fuse":"scores","deadlineMs":900,"rerank":{"depth":30}}')).toMatchObject({
    fuse: "scores",
    deadlineMs: 900,
    rerank: { depth: 30, weight: 0.7 },
    queries: [part],
  });
});

test("parts of a variant replace the query's, with its text where $text stands", () => {
  const { queries } = request(
    'v={"queries":[{"text":"$text"},{"text":"query: $text","space":"lexical","weight":0.3}]}',
  );
  expect(queries).toMatchObject([
    { text: "costs $5", weight: 1 },
    { text: "query: costs $5", space: "lexical", weight: 0.3 },
  ]);
  expect(request('v={"query":{"text":"$text","space":"text"}}')).toMatchObject({
    query: { text: "costs $5", space: "text" },
  });
});

test("the picture is put where $image stands", () => {
  const picture = parse(QueryPart, { image: { base64: "AQID" } }, "it");
  const [variant] = readVariants(['v={"query":{"image":"$image","space":"image"}}']);
  if (variant === undefined) throw new Error("one was given");
  expect(requestOf(variant, query, [picture], shared).query).toMatchObject({
    image: { base64: "AQID" },
    space: "image",
  });
});

test("what can't be read is refused by name", () => {
  expect(() => readVariants(["hybrid"])).toThrow(/NAME=JSON/);
  expect(() => readVariants(["v={"])).toThrow(/--variant v: a JSON object/);
  expect(() => readVariants(["v=[]"])).toThrow(/--variant v: a JSON object/);
  expect(() => readVariants(['v={"k":5}'])).toThrow(/k is the same/);
  expect(() => readVariants(["v={}", "v={}"])).toThrow(/twice/);
});

test("what can't be asked is refused before anything is", async () => {
  const refusal = (variant: string, queries = [query]) =>
    requireAskable(readVariants([variant]), queries, shared);
  await expect(refusal('v={"fuse":"sums"}')).rejects.toThrow(/--variant v: \/fuse/);
  await expect(refusal('v={"rerank":{"depth":5}}')).rejects.toThrow(/--variant v: \/rerank\/depth/);
  await expect(refusal('v={"query":{"text":"x"},"queries":[]}')).rejects.toThrow(/--variant v: /);
  await expect(
    refusal('v={"query":{"text":"$text"}}', [query, { ...query, id: "q2", text: null }]),
  ).rejects.toThrow(/query q2 lacks/);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { OpenedRead } from "../../lambdas/freshness/reader.ts";
import type { StoreView } from "../../lambdas/ports/store.ts";
import { wrapped } from "../simulate/wrapped.ts";
import { document, row, unit } from "../suites/store-rows.ts";
import { branchOf, openCollection, ranked } from "./ranked-collections.ts";

const AXES = 24;
const near = (step: number) =>
  unit([Math.cos(step), Math.sin(step), ...Array.from({ length: AXES - 2 }, () => 0)]);
const numbered = (i: number) => `d${String(i).padStart(3, "0")}`;

/** As a walk through a graph is: how far it goes decides what it passes over. */
function passingOver(opened: OpenedRead): OpenedRead {
  const { view } = opened;
  const search: StoreView["search"] = async (query, signal) => {
    const found = await view.search({ ...query, k: 2 * query.k }, signal);
    const kept = found.candidates.filter(({ id }) => (Number(id.slice(1)) * 31 + query.k) % 7 > 0);
    return { ...found, candidates: kept.slice(0, query.k) };
  };
  return { ...opened, view: wrapped<StoreView>(view, { search }) };
}

test("pages over a graph repeat nothing and skip nothing that a page before or after has, however deep each is ranked", async () => {
  const documents = Array.from({ length: 200 }, (_, i) =>
    document(numbered(i), 1, { vectors: { text: near(i / 200) } }),
  );
  const opened = passingOver(await openCollection(openMemoryStore(), documents, 2));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 1, max: 2 }),
      fc.option(fc.integer({ min: 100, max: 190 }), { nil: undefined }),
      async (k, parts, depth) => {
        const asked = [branchOf("text", near(0)), branchOf("text", near(0.01))].slice(0, parts);
        const seen: string[] = [];
        for (let offset = 0; offset < 80; offset += k) {
          const page = { k, offset, ...(depth === undefined ? {} : { depth }) };
          const { hits } = await ranked(opened, asked, page);
          expect(hits).toHaveLength(k);
          seen.push(...hits.map(({ id }) => id));
        }
        expect(new Set(seen).size).toBe(seen.length);
        // What a page shows is what a longer one shows there.
        const whole = await ranked(opened, asked, {
          k,
          offset: 0,
          ...(depth === undefined ? {} : { depth }),
        });
        expect(whole.hits.map(({ id }) => id)).toEqual(seen.slice(0, k));
      },
    ),
    { numRuns: 30 },
  );
});

test("a depth that is named holds for one ranking too: so many passages, and what is behind is refused", async () => {
  const documents = Array.from({ length: 30 }, (_, i) =>
    document(numbered(i), 1, { vectors: { text: near(i / 200) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 2);
  const one = [branchOf("text", near(0))];
  const { hits, depth } = await ranked(opened, one, { k: 10, depth: 4 });
  expect({ ids: hits.map(({ id }) => id), depth }).toEqual({
    ids: ["d000", "d001", "d002", "d003"],
    depth: 4,
  });
  await expect(ranked(opened, one, { k: 10, depth: 4, offset: 4 })).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/offset" }],
  });
});

test("where passages of few documents are all that may be ranked, a page that is not full is refused, and told how far it goes", async () => {
  const documents = Array.from({ length: 150 }, (_, i) => ({
    id: numbered(i),
    position: 1,
    rows: Array.from({ length: 75 }, (_, passage) =>
      row(passage, { vectors: { text: near(i / 200) } }),
    ),
  }));
  const opened = await openCollection(openMemoryStore(), documents, 1);
  const one = [branchOf("text", near(0))];
  await expect(ranked(opened, one, { k: 150 })).rejects.toMatchObject({
    code: "limit-exceeded",
    errors: [{ pointer: "/k", message: expect.stringContaining("are of 134 hits") }],
  });
  expect((await ranked(opened, one, { k: 130 })).hits).toHaveLength(130);
  // Nothing that ranks lower could be a hit.
  const floor = { k: 150, minScore: Math.cos(0.25) };
  expect((await ranked(opened, one, floor)).hits).toHaveLength(51);
});

test("the same vector is similar at 1, which is the most that may be asked for; and is folded at 1", async () => {
  const vectors = Array.from({ length: 40 }, (_, i) =>
    unit(Array.from({ length: AXES }, (_, axis) => Math.sin(1 + i * 7 + axis * 3))),
  );
  const documents = vectors.flatMap((vector, i) =>
    ["a", "b"].map((twin) => document(`${twin}${numbered(i)}`, 1, { vectors: { text: vector } })),
  );
  const opened = await openCollection(openMemoryStore(), documents, 2);
  for (const [i, vector] of vectors.entries()) {
    const one = [branchOf("text", vector)];
    const requirements = [{ space: "text", vector, similarityMin: 1 }];
    const { hits } = await ranked(opened, one, {}, { requirements });
    expect(hits.map(({ id }) => id)).toEqual([`a${numbered(i)}`, `b${numbered(i)}`]);
    const folded = await ranked(opened, one, { k: 1, diversity: { foldAbove: 1 } });
    expect(folded.hits[0]?.folded).toEqual([`b${numbered(i)}`]);
  }
});

test("what is asked of vectors is read where a hit was found: a shard that answers nothing is not needed", async () => {
  const documents = Array.from({ length: 40 }, (_, i) =>
    document(numbered(i), 1, { vectors: { text: near(i / 200) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 4);
  const gone = () => Promise.reject(new Error("the shard is gone"));
  const view = wrapped<StoreView>(opened.view, {
    search: (query, signal) => (query.shard === 2 ? gone() : opened.view.search(query, signal)),
    documents: (shard, ...rest) => (shard === 2 ? gone() : opened.view.documents(shard, ...rest)),
  });
  const requirements = [{ space: "text", vector: near(0), similarityMin: 0.1 }];
  const { hits, found } = await ranked(
    { ...opened, view },
    [branchOf("text", near(0))],
    {},
    { requirements },
  );
  expect(hits).toHaveLength(10);
  expect(found.coverage.missing).toEqual([{ shard: 2, reason: "failed" }]);
});

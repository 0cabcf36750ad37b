import fc from "fast-check";
import { expect, test } from "vitest";
import { branchOf, openCollection, ranked } from "./ranked-collections.ts";
import { deadline, document, row, unit } from "../suites/store-rows.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { Centroids } from "../../lambdas/search/centroids.ts";
import { shardsFor } from "../../lambdas/search/probe-shards.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { DocumentState } from "../../lambdas/ports/store.ts";
import type { Branch } from "../../lambdas/search/branch.ts";
import type { Ranking } from "../../lambdas/search/rank.ts";

const SHARDS = [1, 2, 4, 8, 16];
const TEXT_AXES = 24;
const IMAGE_AXES = 8;

/** Vectors of few different directions, so that many are equally near. */
function axis(which: number, of: number): Float32Array {
  return unit(Array.from({ length: of }, (_, i) => (i === which % of ? 1 : 0.25)));
}

const someRow = fc.record({
  text: fc.option(fc.nat({ max: 5 })),
  image: fc.option(fc.nat({ max: 3 })),
});
const someDocument = fc.record({
  id: fc.string({ minLength: 1, maxLength: 4, unit: "grapheme" }),
  year: fc.option(fc.nat({ max: 3 })),
  rows: fc.array(someRow, { minLength: 1, maxLength: 3 }),
});
const collection = fc
  .uniqueArray(someDocument, { minLength: 1, maxLength: 40, selector: ({ id }) => id })
  .map((documents) =>
    documents.map(({ id, year, rows }): DocumentState => ({
      id,
      position: 1,
      rows: rows.map(({ text, image }, passage) =>
        row(passage, {
          fields: { Year: year },
          vectors: {
            text: text === null ? null : axis(text, TEXT_AXES),
            image: image === null ? null : axis(image, IMAGE_AXES),
          },
        }),
      ),
    })),
  );
const branches = fc
  .array(
    fc.record({
      space: fc.constantFrom("text", "image"),
      which: fc.nat({ max: 5 }),
      weight: fc.constantFrom(0.5, 1, 2),
      negative: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .filter((list) => list.some(({ negative }) => !negative))
  .map((list) =>
    list.map(({ space, which, weight, negative }) =>
      branchOf(space, axis(which, space === "text" ? TEXT_AXES : IMAGE_AXES), { weight, negative }),
    ),
  );
const options = fc.record({
  k: fc.integer({ min: 1, max: 12 }),
  offset: fc.integer({ min: 0, max: 12 }),
  fuse: fc.constantFrom("ranks" as const, "scores" as const),
  groupBy: fc.constantFrom("document" as const, "passage" as const),
});
const filter = fc.option(
  fc.nat({ max: 3 }).map((value): Filter => ({ op: "gte", field: "Year", value })),
);

const shown = ({ hits }: Ranking) =>
  hits.map(({ id, candidate, score }) => ({ id, passage: candidate.passage, score }));

test("over 1, 2, 4, 8 and 16 shards the hits are the same, ties included, to the last bit of the score", async () => {
  await fc.assert(
    fc.asyncProperty(collection, branches, options, filter, async (documents, asked, page, of) => {
      const store = openMemoryStore();
      const answers = [];
      for (const shards of SHARDS) {
        const opened = await openCollection(store, documents, shards);
        answers.push(shown(await ranked(opened, asked, page, { filter: of, exact: true })));
      }
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }),
    { numRuns: 200 },
  );
});

const sifting = fc.record({
  diversity: fc.option(fc.record({ foldAbove: fc.constantFrom(0.9, 1) }), { nil: undefined }),
  requirements: fc.array(
    fc.record({
      space: fc.constant("text"),
      vector: fc.nat({ max: 5 }).map((which) => axis(which, TEXT_AXES)),
      similarityMin: fc.constantFrom(0.5, 0.99),
    }),
    { maxLength: 1 },
  ),
});

test("pages of one query fit together: nothing twice, nothing missing, the same order as in one page", async () => {
  await fc.assert(
    fc.asyncProperty(
      collection,
      branches,
      options,
      sifting,
      async (documents, asked, page, { diversity, requirements }) => {
        const opened = await openCollection(openMemoryStore(), documents, 2);
        const of = { ...page, ...(diversity === undefined ? {} : { diversity }) };
        const all = await ranked(opened, asked, { ...of, offset: 0, k: 200 }, { requirements });
        const whole = shown(all);
        const pages = [];
        for (let offset = 0; offset < whole.length; offset += page.k)
          pages.push(...shown(await ranked(opened, asked, { ...of, offset }, { requirements })));
        expect(pages).toEqual(whole);
      },
    ),
    { numRuns: 200 },
  );
});

test("a page past the usual window is ranked deeper; one behind a depth that was named is refused, not empty", async () => {
  const documents = Array.from({ length: 300 }, (_, i) =>
    document(`d${String(i).padStart(3, "0")}`, 1, { vectors: { text: near(i / 200) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 2);
  const two = [branchOf("text", near(0)), branchOf("text", near(0.01))];
  const behind = await ranked(opened, two, { k: 10, offset: 250 });
  expect(behind.hits).toHaveLength(10);
  expect(behind.rounds).toBeGreaterThan(1);
  const named = (offset: number) => ranked(opened, two, { k: 10, offset, depth: 60 });
  await expect(named(250)).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/offset", message: expect.stringContaining("larger depth") }],
  });
  expect((await named(50)).hits).toHaveLength(10);
  const end = await ranked(opened, two, { k: 10, offset: 300, depth: 301 });
  expect(end.hits).toEqual([]);
});

test("words have no centroid: with `probe` all shards are asked, and the plan says so", async () => {
  const documents = [0, 0.5, 1].map((step, i) =>
    document(`d${i}`, 1, { vectors: { text: near(step) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 4);
  const words = branchOf("lexical", near(0), { by: { kind: "words", text: "a" } });
  const planOf = (branch: Branch) =>
    shardsFor(new Centroids(() => 0), opened, null, [branch], 1, deadline());
  expect((await planOf(words)).near).toEqual({
    asked: [0, 1, 2, 3],
    because: expect.stringContaining("probe is set aside: words have no centroid"),
  });
  expect((await planOf(branchOf("text", near(0)))).near.because).not.toContain("set aside");
});

test("a hit's score is the sum of its shares, and each hit comes once", async () => {
  await fc.assert(
    fc.asyncProperty(collection, branches, options, async (documents, asked, page) => {
      const opened = await openCollection(openMemoryStore(), documents, 4);
      const { hits } = await ranked(opened, asked, page);
      const keys = hits.map(({ id, candidate }) =>
        page.groupBy === "document" ? id : `${candidate.passage} ${id}`,
      );
      expect(new Set(keys).size).toBe(keys.length);
      for (const { score, contributions } of hits)
        expect(contributions.reduce((sum, { share }) => sum + share, 0)).toBe(score);
    }),
    { numRuns: 100 },
  );
});

const near = (step: number) =>
  unit([Math.cos(step), Math.sin(step), ...Array.from({ length: TEXT_AXES - 2 }, () => 0)]);
const image = (which: number) =>
  unit(Array.from({ length: IMAGE_AXES }, (_, i) => (i === which ? 1 : 0)));

test("a required similarity keeps only what is near in the other space, ranked by the first", async () => {
  const documents = Array.from({ length: 60 }, (_, i) =>
    document(`d${String(i).padStart(2, "0")}`, 1, {
      vectors: { text: near(i / 100), image: image(i % 3) },
    }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 4);
  const requirements = [{ space: "image", vector: image(1), similarityMin: 0.9 }];
  const { hits } = await ranked(
    opened,
    [branchOf("text", near(0))],
    { k: 5, offset: 5 },
    { requirements },
  );
  expect(hits.map(({ id }) => id)).toEqual(["d16", "d19", "d22", "d25", "d28"]);
  const none = [{ space: "image", vector: image(7), similarityMin: 0.9 }];
  expect(
    (await ranked(opened, [branchOf("text", near(0))], {}, { requirements: none })).hits,
  ).toEqual([]);
});

test("near duplicates are folded under the best of them, and the page is filled with others", async () => {
  const documents = [0, 0.001, 0.002, 0.5, 0.501, 1].map((step, i) =>
    document(`d${i}`, 1, { vectors: { text: near(step) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 2);
  const { hits } = await ranked(opened, [branchOf("text", near(0))], {
    k: 3,
    diversity: { foldAbove: 0.99 },
  });
  expect(hits.map(({ id, folded }) => ({ id, folded }))).toEqual([
    { id: "d0", folded: ["d1", "d2"] },
    { id: "d3", folded: ["d4"] },
    { id: "d5", folded: [] },
  ]);
});

test("a negative branch pushes down what is like it, and brings nothing in", async () => {
  const documents = [
    document("both", 1, { vectors: { text: near(0.1), image: image(1) } }),
    document("wanted", 1, { vectors: { text: near(0.2), image: image(2) } }),
    document("unwanted", 1, { vectors: { text: null, image: image(1) } }),
  ];
  const opened = await openCollection(openMemoryStore(), documents, 2);
  const { hits } = await ranked(opened, [
    branchOf("text", near(0)),
    branchOf("image", image(1), { negative: true, similarityMin: 0.5 }),
  ]);
  expect(hits.map(({ id }) => id)).toEqual(["wanted", "both"]);
});

test("minScore leaves out what scores lower: of one branch, its own similarity", async () => {
  const documents = [0.1, 0.5, 1.2].map((step, i) =>
    document(`d${i}`, 1, { vectors: { text: near(step) } }),
  );
  const opened = await openCollection(openMemoryStore(), documents, 1);
  const { hits } = await ranked(opened, [branchOf("text", near(0))], { minScore: 0.8 });
  expect(hits.map(({ id }) => id)).toEqual(["d0", "d1"]);
  expect(hits[1]?.score).toBeCloseTo(Math.cos(0.5), 5);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { readAddress, readHandOver, writeAddress, writeHandOver } from "./address.ts";
import { DEFAULT_OPTIONS, EMPTY_DRAFT, PLAIN, type Draft } from "./draft.ts";

const emphasis = fc.record({
  weight: fc.integer({ min: 1, max: 10_000 }).map((n) => n / 100),
  negative: fc.boolean(),
});
const id = fc
  .oneof(fc.string({ minLength: 1 }), fc.constantFrom("-1:x", "0.5:", "2:2:x"))
  .map((text) => text.toWellFormed());

test("an address that was written is read back", () => {
  const likes = fc.uniqueArray(fc.tuple(id, emphasis), { maxLength: 5, selector: ([one]) => one });
  const options = fc.record({
    fuse: fc.constantFrom("ranks" as const, "scores" as const, "vectors" as const),
    rerank: fc.boolean(),
    exact: fc.boolean(),
    fold: fc.boolean(),
  });
  fc.assert(
    fc.property(id, emphasis, likes, options, (text, words, liked, options) => {
      const draft: Draft = {
        ...EMPTY_DRAFT,
        collection: "rich",
        text,
        words,
        likes: liked.map(([id, how]) => ({ id, title: id, thumbnailUrl: null, ...how })),
        filters: [{ kind: "picture" }, { year: { $gte: 3 } }],
        options,
      };
      expect(readAddress(writeAddress(draft))).toEqual({ draft, pictureName: null, unread: [] });
    }),
  );
});

test("a plain query has a plain address", () => {
  expect(writeAddress(EMPTY_DRAFT)).toBe("");
  expect(writeAddress({ ...EMPTY_DRAFT, text: "cat", collection: "rich" })).toBe(
    "?q=cat&collection=rich",
  );
  const tiger = { id: "tiger", title: "Tiger", thumbnailUrl: null };
  const draft = { ...EMPTY_DRAFT, text: "cat", likes: [{ ...tiger, ...PLAIN }] };
  expect(writeAddress(draft)).toBe("?q=cat&like=tiger");
  const less = { ...draft, likes: [{ ...tiger, weight: 0.5, negative: true }] };
  expect(writeAddress(less)).toBe("?q=cat&like=-0.5%3Atiger");
});

test("of a picture the address has the name only", () => {
  const picture = { name: "cat.png", type: "image/png", base64: "AAAA", ...PLAIN };
  const read = readAddress(writeAddress({ ...EMPTY_DRAFT, picture }));
  expect(read).toEqual({ draft: EMPTY_DRAFT, pictureName: "cat.png", unread: [] });
});

test("what can't be read is left out, and told", () => {
  for (const filter of ["{", "[]", "null", "3", ""])
    expect(readAddress(`?filter=${filter}`)).toEqual({
      draft: EMPTY_DRAFT,
      pictureName: null,
      unread: ["filter"],
    });
  expect(readAddress("?fuse=magic&rerank=yes&exact=1&fold=0&like=")).toEqual({
    draft: { ...EMPTY_DRAFT, options: { ...DEFAULT_OPTIONS, exact: true } },
    pictureName: null,
    unread: ["fuse", "rerank"],
  });
  expect(readAddress("?q=a&w=0&like=0:b").draft).toMatchObject({
    words: PLAIN,
    likes: [{ id: "b", weight: 1 }],
    options: DEFAULT_OPTIONS,
  });
});

test("what is handed over is read back, a wrong number is not", () => {
  const handOver = { key: "nf_read_x", mayWrite: true, expected: 5_342, position: "abc.1.2.3" };
  expect(readHandOver(writeHandOver(handOver))).toEqual(handOver);
  expect(readHandOver("#demo=-3")).toEqual({
    key: null,
    mayWrite: false,
    expected: null,
    position: null,
  });
});

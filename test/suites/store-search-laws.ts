import { expect, test } from "vitest";
import type { Filter } from "../../shared/domain/filter.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom } from "../../shared/std/random.ts";
import {
  away,
  clusteredDocuments,
  deadline,
  document,
  exactCandidates,
  prepared,
  randomUnit,
  row,
  unit,
} from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

const CLUSTERED = 5_000;
const K = 10;

/** What `search` finds. */
export function searchLaws(opened: StoreOf): void {
  test("a search gives the rows' bodies where it is asked for them, and only there", async () => {
    const { apply, view } = await prepared(opened());
    await apply([
      document("a", 1, { vectors: { text: away(1) }, body: '{"t":"ü \u0000 🐯"}' }),
      document("b", 1, { vectors: { text: away(2) }, body: "x".repeat(70_000) }),
    ]);
    const query = { shard: 0, space: "text", vector: away(0), k: 5, filter: null };
    const shown = await view();
    const rows = await shown.documents(0, ["a", "b"], { vectors: false }, deadline());
    const found = (await shown.search({ ...query, bodies: true }, deadline())).candidates;
    expect(found.map(({ id, body }) => ({ id, body }))).toEqual(
      rows.map(({ id, body }) => ({ id, body })),
    );
    for (const candidate of (await shown.search(query, deadline())).candidates)
      expect(candidate.body).toBeUndefined();
  });

  test("the nearest come first, with their cosine similarity, and ties are ordered by id and passage", async () => {
    const { apply, view } = await prepared(opened());
    await apply([
      ...["e", "b", "d", "c", "a", "\uffee", "😀"].map((id) =>
        document(id, 1, { vectors: { text: away(3) } }),
      ),
      {
        id: "long",
        position: 1,
        rows: [2, 0, 1].map((passage) => row(passage, { vectors: { text: away(1) } })),
      },
      document("opposite", 1, { vectors: { text: away(10 * Math.PI) } }),
    ]);
    const query = { shard: 0, space: "text", vector: away(0), filter: null };
    const all = (await (await view()).search({ ...query, k: 20 }, deadline())).candidates;
    const names = all.map(({ id, passage }) => (id === "long" ? `${id}${passage}` : id));
    expect(names).toEqual([
      "long0",
      "long1",
      "long2",
      "a",
      "b",
      "c",
      "d",
      "e",
      "\uffee",
      "😀",
      "opposite",
    ]);
    for (const { id, similarity } of all) {
      const expected = id === "long" ? Math.cos(0.1) : id === "opposite" ? -1 : Math.cos(0.3);
      expect(similarity).toBeCloseTo(expected, 3);
      expect(Math.abs(similarity)).toBeLessThanOrEqual(1);
    }
    // The cut through equally near ones is by id too.
    const cut = (await (await view()).search({ ...query, k: 5 }, deadline())).candidates;
    expect(cut).toEqual(all.slice(0, 5));
  });

  test("of 60 equally near documents the first by id are found", async () => {
    const { apply, view } = await prepared(opened());
    const ids = Array.from(
      { length: 60 },
      (_, i) => `tie-${String((i * 37) % 60).padStart(2, "0")}`,
    );
    for (let i = 0; i < 60; i += 20) {
      await apply(
        ids.slice(i, i + 20).map((id) => document(id, 1, { vectors: { text: away(2) } })),
      );
    }
    const found = (
      await (
        await view()
      ).search({ shard: 0, space: "text", vector: away(0), k: 3, filter: null }, deadline())
    ).candidates;
    expect(found.map(({ id }) => id)).toEqual(["tie-00", "tie-01", "tie-02"]);
  });

  test("a passage without a vector in the space is never found there, and fewer than k are all of them", async () => {
    const { apply, view } = await prepared(opened());
    const image = unit([1, 0, 0, 0, 0, 0, 0, 0]);
    await apply([
      document("both", 1, { vectors: { text: away(1), image } }),
      document("text", 1, { vectors: { text: away(2), image: null } }),
      document("neither", 1, { vectors: { text: null } }),
    ]);
    const shown = await view();
    const text = (
      await shown.search(
        { shard: 0, space: "text", vector: away(0), k: 10, filter: null },
        deadline(),
      )
    ).candidates;
    const images = (
      await shown.search(
        { shard: 0, space: "image", vector: image, k: 10, filter: null },
        deadline(),
      )
    ).candidates;
    expect(text.map(({ id }) => id)).toEqual(["both", "text"]);
    expect(images.map(({ id }) => id)).toEqual(["both"]);
    const rows = await shown.documents(0, ["both", "neither"], { vectors: true }, deadline());
    expect(rows.map(({ id }) => id)).toEqual(["both", "neither"]);
    expect(rows[1]?.vectors).toEqual({ text: null, image: null });
    expect(dotProduct(required(rows[0]?.vectors["text"], "it was written"), away(1))).toBeCloseTo(
      1,
      5,
    );
  });

  test("an empty collection answers with nothing", async () => {
    const { view } = await prepared(opened());
    const shown = await view();
    expect(
      (
        await shown.search(
          { shard: 0, space: "text", vector: away(0), k: 5, filter: null },
          deadline(),
        )
      ).candidates,
    ).toEqual([]);
    expect(await shown.scan(0, null, 5, null, deadline())).toEqual([]);
    expect(await shown.documents(0, ["x"], { vectors: true }, deadline())).toEqual([]);
    expect(await shown.documents(0, [], { vectors: true }, deadline())).toEqual([]);
  });

  test("of 5,000 clustered rows: min(k, matches) under every filter, recall at least 0.95", async () => {
    const { apply, maintain, view } = await prepared(opened());
    const documents = clusteredDocuments(CLUSTERED, 7);
    // Nine tenths before an index can be built, the rest after it.
    for (let i = 0; i < CLUSTERED; i += 500) {
      if (i === CLUSTERED - 500) await maintain();
      await apply(documents.slice(i, i + 500));
    }
    const shown = await view();
    const random = seededRandom(11);
    const queries = Array.from({ length: 12 }, () => randomUnit(random));
    for (const [name, filterOf] of FILTERS) {
      let [hits, wanted] = [0, 0];
      for (const vector of queries) {
        const filter = filterOf(vector, documents);
        const exact = exactCandidates(documents, "text", vector, K, filter);
        const found = (
          await shown.search({ shard: 0, space: "text", vector, k: K, filter }, deadline())
        ).candidates;
        expect(found.length, name).toBe(exact.length);
        const ids = new Set(found.map(({ id }) => id));
        hits += exact.filter(({ id }) => ids.has(id)).length;
        wanted += exact.length;
      }
      expect(hits / wanted, name).toBeGreaterThanOrEqual(0.95);
    }
  });
}

type FilterOf = (
  query: Float32Array,
  documents: ReturnType<typeof clusteredDocuments>,
) => Filter | null;

const FILTERS: readonly (readonly [string, FilterOf])[] = [
  ["no filter", () => null],
  ["50 %", () => ({ op: "lt", field: "Year", value: 50 })],
  ["10 %", () => ({ op: "lt", field: "Year", value: 10 })],
  ["1 %", () => ({ op: "eq", field: "Year", value: 42 })],
  ["the 1 % farthest from the query", farthestCluster],
  [
    "3 rows",
    () => ({
      op: "and",
      filters: [
        { op: "eq", field: "kind", value: "cluster 5" },
        { op: "lt", field: "Year", value: 4 },
      ],
    }),
  ],
];

function farthestCluster(
  query: Float32Array,
  documents: ReturnType<typeof clusteredDocuments>,
): Filter {
  const all = exactCandidates(documents, "text", query, documents.length, null);
  const farthest = documents.find(({ id }) => id === all.at(-1)?.id);
  return { op: "eq", field: "kind", value: String(farthest?.rows[0]?.fields["kind"]) };
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { matches, type Filter, type FilterValue } from "../../shared/domain/filter.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { away, deadline, document, prepared } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

/** Texts that break quoting, order or normalisation somewhere. */
const HOSTILE = [
  "it's",
  'quo"te',
  "back\\slash",
  "\\",
  "\\'",
  "' OR true --",
  "new\nline",
  "nul\0nul",
  "tab\t",
  "100% _",
  "`tick`",
  "{brace}",
  "\u00e9",
  "e\u0301",
  "\uffee",
  "😀",
  "\u202eright to left",
  " ",
] as const;

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e21,
  -1e20,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  2 ** 63,
  2 ** 64,
] as const;
const texts = fc.constantFrom(...HOSTILE, "", "a", "b");
const numbers = fc.constantFrom(...NUMBERS);

const fieldsArb = fc.record({
  kind: fc.option(texts),
  Year: fc.option(numbers),
  open: fc.option(fc.boolean()),
});

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  compared("kind", texts),
  compared("Year", numbers),
  equalOrNot("open", fc.boolean()),
);

const filterArb: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    { arbitrary: leaf, weight: 2 },
    fc.record({
      op: fc.constantFrom("and", "or"),
      filters: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant("not"), filter: tie("tree") }),
  ),
})).tree;

/** Filters and texts mean the same on every engine. */
export function filterLaws(opened: StoreOf): void {
  test("200 random filters find what the evaluator says, in a scan, in a count and in a search", async () => {
    const { apply, view } = await prepared(opened());
    const rows = fc.sample(fieldsArb, { numRuns: 80, seed: 5 });
    const documents = rows.map((fields, i) =>
      document(`r${String(i).padStart(2, "0")}`, 1, { fields, vectors: { text: away(i / 10) } }),
    );
    await apply(documents);
    const shown = await view();
    await fc.assert(
      fc.asyncProperty(filterArb, async (filter) => {
        const expected = documents
          .filter(({ rows: [first] }) => matches(filter, first?.fields ?? {}))
          .map(({ id }) => id);
        const scanned = await shown.scan(0, null, 100, filter, deadline());
        expect(scanned.map(({ id }) => id)).toEqual(expected);
        expect(await shown.count(0, filter, deadline())).toBe(expected.length);
        const query = { shard: 0, space: "text", vector: away(0), k: 100, filter };
        expect((await shown.search(query, deadline())).candidates.map(({ id }) => id)).toEqual(
          expected,
        );
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  test("a filter of the published limits' size is answered", async () => {
    const { apply, view } = await prepared(opened());
    await apply([
      document("a", 1, { fields: { kind: "v7", Year: 7 } }),
      document("b", 1, { fields: { kind: "w", Year: 8 } }),
    ]);
    const values = Array.from({ length: 1_000 }, (_, i) => `v${i}`);
    const wide: Filter = {
      op: "and",
      filters: Array.from({ length: 100 }, () => ({
        op: "in",
        field: "kind",
        values: values.slice(0, 100),
      })),
    };
    const longList: Filter = { op: "in", field: "kind", values };
    let deep: Filter = { op: "eq", field: "Year", value: 7 };
    for (let level = 0; level < 6; level++)
      deep = {
        op: "not",
        filter: { op: "or", filters: [deep, { op: "eq", field: "kind", value: "x" }] },
      };
    const shown = await view();
    for (const filter of [wide, longList, deep]) {
      expect((await shown.scan(0, null, 10, filter, deadline())).map(({ id }) => id)).toEqual([
        "a",
      ]);
    }
  });

  test("hostile texts survive as ids, as values and in bodies, and twins of Unicode stay two", async () => {
    const { apply, view } = await prepared(opened());
    const long = "😀".repeat(128); // 512 bytes, the longest id.
    const ids = [...HOSTILE, long];
    await apply(
      ids.map((id, i) =>
        document(id, 1, {
          body: JSON.stringify({ id }),
          fields: { kind: id },
          vectors: { text: away(i / 10) },
        }),
      ),
    );
    const shown = await view();
    const sorted = ids.toSorted(compareCodePoints);
    expect((await shown.scan(0, null, 100, null, deadline())).map(({ id }) => id)).toEqual(sorted);
    expect(
      (await shown.documents(0, ids, { vectors: false }, deadline())).map(({ id }) => id),
    ).toEqual(sorted);
    for (const id of ids) {
      const [only, ...others] = await shown.documents(0, [id], { vectors: false }, deadline());
      expect(only).toMatchObject({ id, body: JSON.stringify({ id }), fields: { kind: id } });
      expect(others).toEqual([]);
      const equal = await shown.scan(
        0,
        null,
        100,
        { op: "eq", field: "kind", value: id },
        deadline(),
      );
      expect(equal.map((found) => found.id)).toEqual([id]);
      const behind = await shown.scan(0, id, 100, null, deadline());
      expect(behind.map((found) => found.id)).toEqual(sorted.slice(sorted.indexOf(id) + 1));
    }
    // Rewritten and deleted under the same names.
    await apply(ids.map((id) => document(id, 2, { vectors: { text: away(0) } })));
    expect(await (await view()).count(0, null, deadline())).toBe(ids.length);
    await apply(ids.map((id) => ({ id, position: 3, rows: [] })));
    expect(await (await view()).count(0, null, deadline())).toBe(0);
  });

  test("fields come back as they were written; a missing one is null; a body may have 200 KB", async () => {
    const { apply, view } = await prepared(opened());
    const body = JSON.stringify({ document: "Ω😀x\u0001".repeat(16_000) });
    await apply([
      document("a", 4, { body, fields: { kind: "", Year: 2.5, open: false, position: -1 } }),
      document("b", 5),
    ]);
    const [a, b] = await (await view()).documents(0, ["b", "a"], { vectors: false }, deadline());
    expect(a).toEqual({
      id: "a",
      position: 4,
      passage: 0,
      body,
      fields: { kind: "", Year: 2.5, open: false, position: -1 },
      vectors: {},
    });
    expect(b?.fields).toEqual({ kind: null, Year: null, open: null, position: null });
  });
}

function compared(field: string, value: fc.Arbitrary<FilterValue>): fc.Arbitrary<Filter> {
  const ordered = fc.record({
    op: fc.constantFrom("gt", "gte", "lt", "lte"),
    field: fc.constant(field),
    value,
  });
  return fc.oneof(ordered, equalOrNot(field, value));
}

function equalOrNot(field: string, value: fc.Arbitrary<FilterValue>): fc.Arbitrary<Filter> {
  return fc.oneof(
    fc.record({ op: fc.constantFrom("eq", "ne"), field: fc.constant(field), value }),
    fc.record({
      op: fc.constantFrom("in", "nin"),
      field: fc.constant(field),
      values: fc.array(value, { minLength: 1, maxLength: 4 }),
    }),
  );
}

import { expect, test } from "vitest";
import type { Filter } from "../../shared/domain/filter.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { STRINGS_MAX } from "../../shared/domain/field-value.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { compareFilters } from "./filter-differential.ts";
import { HOSTILE } from "./hostile-texts.ts";
import { away, deadline, document, LONGEST_PATH, prepared } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

/** Filters and texts mean the same on every engine. */
export function filterLaws(opened: StoreOf): void {
  test("300 random filters of hostile texts find what the evaluator says, in a scan, in a count and in a search", async () => {
    const { filters, none, all, mismatches } = await compareFilters(opened(), {
      filters: 300,
      documents: 80,
      seed: 5,
    });
    expect(mismatches).toEqual([]);
    expect(none + all).toBeLessThan(filters / 2);
  });

  test("a filter of the published limits' size is answered", async () => {
    const { apply, view } = await prepared(opened());
    const quotes = "'%".repeat(LIMITS.filterStringCharsMax / 2);
    await apply([
      document("a", 1, { fields: { kind: "v7", Year: 7, a_b: quotes, tags: ["v7"] } }),
      document("b", 1, { fields: { kind: "w", Year: 8, a_b: "'", tags: ["w"] } }),
    ]);
    const values = Array.from({ length: LIMITS.filterListMax }, (_, i) => `v${i}`);
    const wide: Filter = {
      op: "and",
      filters: Array.from({ length: 100 }, () => ({
        op: "in",
        field: "kind",
        values: values.slice(0, 100),
      })),
    };
    const longList: Filter = { op: "in", field: "kind", values };
    const longTagList: Filter = { op: "hasAny", field: "tags", values };
    const part: Filter = { op: "contains", field: "a_b", value: quotes };
    const prefix: Filter = { op: "prefix", field: "a_b", value: quotes };
    const many: Filter = {
      op: "or",
      filters: values.slice(0, LIMITS.filterNodesMax).map((value) => ({
        op: "not",
        filter: { op: "hasNone", field: "tags", values: [value] },
      })),
    };
    let deep: Filter = { op: "eq", field: "Year", value: 7 };
    for (let level = 0; level < 6; level++)
      deep = {
        op: "not",
        filter: { op: "or", filters: [deep, { op: "eq", field: "kind", value: "x" }] },
      };
    const shown = await view();
    const parts = opened().traits.substrings ? [part] : [];
    for (const filter of [wide, longList, longTagList, ...parts, prefix, many, deep]) {
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
    const written = {
      kind: "",
      Year: 2.5,
      open: false,
      born: -62_167_219_200_000, // The year 0.
      tags: [
        "",
        "'",
        "\0\n",
        "'",
        ...Array.from({ length: STRINGS_MAX - 4 }, (_, i) => `tag ${i}`),
      ],
      "a.b": "path",
      a_b: "no path",
      [LONGEST_PATH]: 1e21,
      position: -1,
    };
    await apply([
      document("a", 4, { body, fields: written }),
      document("b", 5),
      document("c", 6, { fields: { tags: [] } }),
    ]);
    const shown = await view();
    const [a, b, c] = await shown.documents(0, ["c", "b", "a"], { vectors: false }, deadline());
    expect(a).toEqual({
      id: "a",
      position: 4,
      passage: 0,
      body,
      fields: written,
      vectors: {},
    });
    const nothing = Object.fromEntries(Object.keys(written).map((name) => [name, null]));
    expect(b?.fields).toEqual(nothing);
    expect(c?.fields).toEqual({ ...nothing, tags: [] });
  });
}

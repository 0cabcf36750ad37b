import { expect, test } from "vitest";
import type { StoreView } from "../../lambdas/ports/store.ts";
import { away, checkpointOf, deadline, deleted, document, prepared, row } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

/** What a view shows, and for how long. */
export function viewLaws(opened: StoreOf): void {
  test("scan pages through all documents exactly once, in code point order, under a filter too", async () => {
    const { apply, view } = await prepared(opened());
    const documents = Array.from({ length: 250 }, (_, i) => ({
      id: `p${(i * 97) % 250}`,
      position: 1,
      rows: [0, 1].map((passage) =>
        row(passage, { fields: { Year: i % 3 }, vectors: { text: away(i / 100) } }),
      ),
    }));
    await apply(documents);
    await apply([deleted("p7", 2)]);
    const shown = await view();
    const live = documents.filter(({ id }) => id !== "p7");
    const third = live.filter(({ rows }) => rows[0]?.fields["Year"] === 1);
    expect(await pages(shown, 40, null)).toEqual(live.map(({ id }) => id).sort());
    expect(await pages(shown, 7, 1)).toEqual(third.map(({ id }) => id).sort());
    expect(await shown.count(0, null, deadline())).toBe(249);
    expect(await shown.count(0, { op: "eq", field: "Year", value: 1 }, deadline())).toBe(
      third.length,
    );
  });

  test("what a checkpoint says is damaged is shown to nobody", async () => {
    const store = opened();
    const { layout } = await prepared(store);
    const damaged = { ...checkpointOf(layout, [null]), damaged: true as const };
    const view = store.openView(layout, damaged, deadline());
    await expect(view).rejects.toMatchObject({ code: "copy-damaged" });
  });

  test("a view shows one position while writes and maintenance go on; a store that can't pin shows the newest", async () => {
    const store = opened();
    const { apply, maintain, view } = await prepared(store);
    const near = { vectors: { text: away(0) } };
    await apply([document("a", 1, near), document("b", 1, near)]);
    const before = await view();
    await apply([
      deleted("a", 2),
      document("b", 3, { ...near, body: '{"new":true}' }),
      document("c", 4, near),
    ]);
    await maintain();
    await apply([document("d", 5, near)]);
    const query = { shard: 0, space: "text", vector: away(0), k: 10, filter: null };
    const shown = (await before.search(query, deadline())).candidates.map(
      ({ id, position }) => `${id}@${position}`,
    );
    const rows = await before.documents(0, ["a", "b", "c"], { vectors: false }, deadline());
    const count = await before.count(0, null, deadline());
    if (store.traits.snapshotReads) {
      expect(shown).toEqual(["a@1", "b@1"]);
      expect(rows.map(({ id, position }) => `${id}@${position}`)).toEqual(["a@1", "b@1"]);
      expect(count).toBe(2);
    } else {
      expect(shown).toEqual(["b@3", "c@4", "d@5"]);
      expect(rows.map(({ id, position }) => `${id}@${position}`)).toEqual(["b@3", "c@4"]);
      expect(count).toBe(3);
    }
    const after = await view();
    expect((await after.search(query, deadline())).candidates.map(({ id }) => id)).toEqual([
      "b",
      "c",
      "d",
    ]);
  });

  test("a read whose caller has gone rejects with the caller's reason", async () => {
    const { view } = await prepared(opened());
    const shown = await view();
    const gone = AbortSignal.abort(new Error("the caller has gone"));
    await expect(shown.count(0, null, gone)).rejects.toThrow("the caller has gone");
  });
}

/** Ids of all pages, in the order that they came. */
async function pages(view: StoreView, limit: number, year: number | null): Promise<string[]> {
  const filter = year === null ? null : ({ op: "eq", field: "Year", value: year } as const);
  const ids: string[] = [];
  for (;;) {
    const page = await view.scan(0, ids.at(-1) ?? null, limit, filter, deadline());
    ids.push(...page.map(({ id }) => id));
    expect(page.every(({ passage }) => passage === 0)).toBe(true);
    if (page.length < limit) return ids;
  }
}

import { expect, test } from "vitest";
import type { Filter } from "../../shared/domain/filter.ts";
import type { StoreView } from "../../lambdas/ports/store.ts";
import { deadline, deleted, document, prepared, row } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

const ids = async (
  view: StoreView,
  text: string,
  { k = 10, filter = null }: { k?: number; filter?: Filter | null } = {},
) => {
  const query = { shard: 0, text, k, filter };
  return (await view.match(query, deadline())).candidates.map(({ id }) => id);
};

/** What `match` finds, where the store has full-text search. */
export function lexicalLaws(opened: StoreOf): void {
  test("words find the passages that have any of them: more and rarer ones first, case and accents aside", async () => {
    if (!opened().traits.lexical) return;
    const { apply, view } = await prepared(opened(), 1, { lexical: true });
    await apply([
      document("both", 1, { text: "the café sells bread" }),
      document("one", 1, { text: "the bread is old" }),
      document("none", 1, { text: "the river is deep" }),
      document("silent", 1),
      ...Array.from({ length: 20 }, (_, i) => document(`filler-${i}`, 1, { text: "the town" })),
    ]);
    const shown = await view();
    expect(await ids(shown, "CAFE bread")).toEqual(["both", "one"]);
    expect((await ids(shown, "the", { k: 100 })).length).toBe(23);
    expect(await ids(shown, "unheard")).toEqual([]);
    const { candidates } = await shown.match(
      { shard: 0, text: "bread", k: 5, filter: null, bodies: true },
      deadline(),
    );
    expect(candidates.every(({ similarity }) => similarity > 0)).toBe(true);
    expect(candidates.map(({ body }) => body)).toEqual(['{"passage":0}', '{"passage":0}']);
  });

  test("of equally good passages the first by id are found, also under a filter, and min(k, matches) of them", async () => {
    if (!opened().traits.lexical) return;
    const { apply, maintain, view } = await prepared(opened(), 1, { lexical: true });
    const names = Array.from(
      { length: 60 },
      (_, i) => `t${String((i * 37) % 60).padStart(2, "0")}`,
    );
    for (let i = 0; i < 60; i += 20)
      await apply(
        names
          .slice(i, i + 20)
          .map((id) =>
            document(id, 1, { text: "one word", fields: { Year: Number(id.slice(1)) } }),
          ),
      );
    await maintain();
    const shown = await view();
    expect(await ids(shown, "word", { k: 3 })).toEqual(["t00", "t01", "t02"]);
    const filter: Filter = { op: "gte", field: "Year", value: 57 };
    expect(await ids(shown, "word", { k: 5, filter })).toEqual(["t57", "t58", "t59"]);
  });

  test("what was just written, replaced or deleted is found as it is now", async () => {
    if (!opened().traits.lexical) return;
    const { apply, maintain, view } = await prepared(opened(), 1, { lexical: true });
    await apply([document("a", 1, { text: "a tiger" }), document("b", 1, { text: "a lion" })]);
    await maintain();
    await apply([
      document("a", 2, { text: "a bear" }),
      document("c", 2, { text: "another tiger" }),
      { id: "d", position: 2, rows: [row(0, { text: "a fox" }), row(1, { text: "tiger tiger" })] },
      deleted("b", 2),
    ]);
    const shown = await view();
    expect((await ids(shown, "tiger")).toSorted()).toEqual(["c", "d"]);
    expect(await ids(shown, "bear lion")).toEqual(["a"]);
  });

  test("a word that stands many times in new passages finds all of them, those before too", async () => {
    if (!opened().traits.lexical) return;
    const { apply, view } = await prepared(opened(), 1, { lexical: true });
    await apply([document("old", 1, { text: "lemon tart" })]);
    const cakes = Array.from({ length: 30 }, (_, i) => `new-${String(i).padStart(2, "0")}`);
    await apply([document("new", 2, { text: "lemon lemon lemon cake" })]);
    expect((await ids(await view(), "lemon")).toSorted()).toEqual(["new", "old"]);
    await apply(cakes.map((id) => document(id, 3, { text: "other text lemon lemon pie" })));
    expect((await ids(await view(), "lemon", { k: 100 })).length).toBe(32);
    expect((await ids(await view(), "cake lemon"))[0]).toBe("new");
  });

  test("nothing in a text is syntax", async () => {
    if (!opened().traits.lexical) return;
    const { apply, view } = await prepared(opened(), 1, { lexical: true });
    await apply([document("a", 1, { text: "cats OR dogs" }), document("b", 1, { text: "x" })]);
    const shown = await view();
    for (const text of ['"cats', "cats AND", "cats' --", "cats*", "text:cats", "(cats", "cats~2^3"])
      expect(await ids(shown, text)).toEqual(["a"]);
    for (const text of ["", "   ", "\u0000", "' OR 1=1 --".slice(5, 6), "💥"])
      expect(await ids(shown, text)).toEqual([]);
  });
}

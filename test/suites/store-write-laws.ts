import { expect, test } from "vitest";
import { away, checkpointOf, deadline, deleted, document, prepared, row } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

/** How `apply` changes what is stored. */
export function writeLaws(opened: StoreOf): void {
  const near = { vectors: { text: away(0) } };
  const query = { shard: 0, space: "text", vector: away(0), k: 10, filter: null };

  test("8 parallel writes of one new document leave one row, the newest", async () => {
    const store = opened();
    const { layout, apply, view } = await prepared(store);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store.apply(layout, 0, [document("one", i + 1, near)], deadline()),
      ),
    );
    await apply([]);
    const found = (await (await view()).search(query, deadline())).candidates;
    expect(found.map(({ id, position }) => [id, position])).toEqual([["one", 8]]);
    expect(await (await view()).count(0, null, deadline())).toBe(1);
  });

  test("the same write again changes nothing", async () => {
    const { apply, view } = await prepared(opened());
    const written = document("a", 3, { ...near, body: '{"first":true}' });
    await apply([written]);
    const before = await (await view()).documents(0, ["a"], { vectors: true }, deadline());
    await apply([written]);
    await apply([{ ...written, rows: [row(0, { ...near, body: '{"first":false}' })] }]);
    expect(await (await view()).documents(0, ["a"], { vectors: true }, deadline())).toEqual(before);
    expect(before).toMatchObject([{ id: "a", position: 3, body: '{"first":true}' }]);
  });

  test("an older write never replaces a newer one, nor does it add passages to it", async () => {
    const { apply, view } = await prepared(opened());
    await apply([document("a", 5, { ...near, body: '{"at":5}' })]);
    await apply([{ id: "a", position: 4, rows: [row(0, near), row(1, near), row(2, near)] }]);
    await apply([deleted("a", 4)]);
    const rows = await (await view()).documents(0, ["a"], { vectors: false }, deadline());
    expect(rows.map(({ passage, position, body }) => [passage, position, body])).toEqual([
      [0, 5, '{"at":5}'],
    ]);
  });

  test("a document with fewer passages than before leaves none behind", async () => {
    const { apply, view } = await prepared(opened());
    await apply([
      { id: "a", position: 1, rows: [0, 1, 2, 3].map((passage) => row(passage, near)) },
    ]);
    await apply([{ id: "a", position: 2, rows: [row(0, near), row(1, near)] }]);
    const shown = await view();
    expect(
      (await shown.documents(0, ["a"], { vectors: false }, deadline())).map(
        ({ passage }) => passage,
      ),
    ).toEqual([0, 1]);
    expect(
      (await shown.search(query, deadline())).candidates.map(({ passage, position }) => [
        passage,
        position,
      ]),
    ).toEqual([
      [0, 2],
      [1, 2],
    ]);
    await apply([{ id: "a", position: 3, rows: [0, 1, 2].map((passage) => row(passage, near)) }]);
    expect((await (await view()).search(query, deadline())).candidates).toHaveLength(3);
  });

  test("a deleted document is in no read, until a newer write brings it back", async () => {
    const { apply, view } = await prepared(opened());
    await apply([document("a", 1, near), document("b", 1, near)]);
    await apply([deleted("a", 2)]);
    await apply([document("a", 1, near)]); // Arrives late.
    const without = await view();
    expect((await without.search(query, deadline())).candidates.map(({ id }) => id)).toEqual(["b"]);
    expect(await without.documents(0, ["a"], { vectors: false }, deadline())).toEqual([]);
    expect((await without.scan(0, null, 10, null, deadline())).map(({ id }) => id)).toEqual(["b"]);
    expect(await without.count(0, null, deadline())).toBe(1);
    await apply([document("a", 3, near)]);
    expect((await (await view()).search(query, deadline())).candidates.map(({ id }) => id)).toEqual(
      ["a", "b"],
    );
  });

  test("a delete of a document that never was is harmless, and keeps older writes out", async () => {
    const { apply, view } = await prepared(opened());
    await apply([deleted("ghost", 7)]);
    await apply([document("ghost", 6, near)]);
    expect(await (await view()).count(0, null, deadline())).toBe(0);
    await apply([document("ghost", 8, near)]);
    expect(await (await view()).count(0, null, deadline())).toBe(1);
  });

  test("a search after each of 20 deletes never shows a deleted document", async () => {
    const { apply, view } = await prepared(opened());
    const ids = Array.from({ length: 20 }, (_, i) => `d${String(i).padStart(2, "0")}`);
    await apply(ids.map((id) => document(id, 1, near)));
    for (const [i, id] of ids.entries()) {
      await apply([deleted(id, 2 + i)]);
      const found = (await (await view()).search({ ...query, k: 20 }, deadline())).candidates;
      expect(found.map((candidate) => candidate.id)).toEqual(ids.slice(i + 1));
    }
  });

  test("shards are apart, `prepare` is harmless when repeated, and so is `maintain`", async () => {
    const store = opened();
    const { layout, apply, maintain, view } = await prepared(store, 2);
    await apply([document("a", 1, near)], 0);
    await apply([document("b", 1, near), document("c", 1, near)], 1);
    await store.prepare(layout, deadline());
    await maintain();
    const shown = await view();
    expect(await Promise.all([0, 1].map((shard) => shown.count(shard, null, deadline())))).toEqual([
      1, 2,
    ]);
    expect(
      (await shown.search({ ...query, shard: 1 }, deadline())).candidates.map(({ id }) => id),
    ).toEqual(["b", "c"]);
    expect(await shown.documents(0, ["b"], { vectors: false }, deadline())).toEqual([]);
  });

  test("a layout that is retired keeps its checkpoint alone; retiring it again is harmless", async () => {
    const store = opened();
    const { layout } = await prepared(store);
    const version = await store.apply(layout, 0, [document("a", 1, near)], deadline());
    const checkpoint = checkpointOf(layout, [version]);
    expect(await store.writeCheckpoint(layout, null, checkpoint, deadline())).toBe(true);
    await store.retire(layout, deadline());
    await store.retire(layout, deadline());
    expect(await store.readCheckpoint(layout, deadline())).toEqual(checkpoint);
    await store.prepare(layout, deadline());
    const emptied = await store.apply(layout, 0, [], deadline());
    const left = await store.openView(layout, checkpointOf(layout, [emptied]), deadline());
    expect(await left.count(0, null, deadline())).toBe(0);
  });

  test("drop removes everything; dropping what is not there is harmless", async () => {
    const store = opened();
    const { layout, apply } = await prepared(store);
    await apply([document("a", 1, near)]);
    await store.drop(layout, deadline());
    await store.drop(layout, deadline());
    expect(await store.readCheckpoint(layout, deadline())).toBe(null);
    await store.prepare(layout, deadline());
    const version = await store.apply(layout, 0, [document("b", 1, near)], deadline());
    const anew = await store.openView(layout, checkpointOf(layout, [version]), deadline());
    expect((await anew.scan(0, null, 10, null, deadline())).map(({ id }) => id)).toEqual(["b"]);
  });
}

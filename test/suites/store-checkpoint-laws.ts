import { expect, test } from "vitest";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { checkpointOf, deadline, newLayout } from "./store-rows.ts";
import type { StoreOf } from "./store-under-test.ts";

/** The checkpoint is a register with compare-and-set. */
export function checkpointLaws(opened: StoreOf, openAnother: () => Promise<VectorStore>): void {
  test("a collection that was never held has no checkpoint; then the newest one is read back", async () => {
    const store = opened();
    const layout = newLayout();
    expect(await store.readCheckpoint(layout, deadline())).toBe(null);
    await store.prepare(layout, deadline());
    let previous = null;
    for (let position = 0; position < 12; position++) {
      const confirmed = position === 3 ? { timeMs: 5, term: 1, step: 0 } : null;
      const next = { ...checkpointOf(layout, [position + 1], position), confirmed };
      expect(await store.writeCheckpoint(layout, previous, next, deadline())).toBe(true);
      expect(await store.readCheckpoint(layout, deadline())).toEqual(next);
      previous = next;
    }
  });

  test("a checkpoint that is not the newest any more can't be replaced, not even where a point is the same", async () => {
    const store = opened();
    const layout = newLayout();
    await store.prepare(layout, deadline());
    const first = checkpointOf(layout, [1], 1);
    const fenced = { ...first, fence: 2 };
    expect(await store.writeCheckpoint(layout, null, first, deadline())).toBe(true);
    expect(await store.writeCheckpoint(layout, null, fenced, deadline())).toBe(false);
    expect(await store.writeCheckpoint(layout, first, fenced, deadline())).toBe(true);
    expect(
      await store.writeCheckpoint(layout, first, checkpointOf(layout, [2], 2), deadline()),
    ).toBe(false);
    expect(await store.readCheckpoint(layout, deadline())).toEqual(fenced);
  });

  test("of writers on the same checkpoint exactly one wins, round after round", async () => {
    const store = opened();
    const layout = newLayout();
    await store.prepare(layout, deadline());
    const memory = store.traits.durable ? [] : [store, store];
    const writers = memory.length > 0 ? memory : [store, await openAnother()];
    let newest = null;
    for (let round = 1; round <= 10; round++) {
      const wanted = [0, 1, 2, 3].map((writer) => checkpointOf(layout, [writer], round));
      const previous: typeof newest = newest;
      const won = await Promise.all(
        wanted.map((next, i) =>
          writers[i % 2]?.writeCheckpoint(layout, previous, next, deadline()),
        ),
      );
      expect(won.filter((yes) => yes === true)).toHaveLength(1);
      newest = await store.readCheckpoint(layout, deadline());
      expect(newest).toEqual(wanted[won.indexOf(true)]);
    }
    for (const writer of writers) if (writer !== store) await writer.close();
  });

  test("what another client wrote is seen", async () => {
    const store = opened();
    if (!store.traits.durable) return; // A store in memory has one client.
    const layout = newLayout();
    await store.prepare(layout, deadline());
    const other = await openAnother();
    const first = checkpointOf(layout, [1], 1);
    expect(await other.writeCheckpoint(layout, null, first, deadline())).toBe(true);
    expect(await store.readCheckpoint(layout, deadline())).toEqual(first);
    await other.close();
  });
}

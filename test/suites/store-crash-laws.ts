import { expect, test } from "vitest";
import { away, checkpointOf, deadline, document, newLayout } from "./store-rows.ts";
import type { StoreOf, StoreUnderTest } from "./store-under-test.ts";

/** What is left after the worst. */
export function crashLaws(opened: StoreOf, started: () => StoreUnderTest): void {
  test("kill -9 after an acknowledged apply and checkpoint keeps both; a store that is not durable says so", async () => {
    const { writeAndKill, open } = started();
    expect(opened().traits.durable).toBe(writeAndKill !== null);
    if (writeAndKill === null) return;
    const layout = newLayout();
    const documents = Array.from({ length: 50 }, (_, i) =>
      document(`k${i}`, 9, { fields: { Year: i }, vectors: { text: away(i / 50) } }),
    );
    const checkpoint = checkpointOf(layout, [null], 9);
    await writeAndKill({ layout, documents, checkpoint });
    const survivor = await open();
    // The engine's known gap: the same entries are applied once more, as the applier does behind what a store really holds.
    if (
      started().killMayLose === true &&
      (await survivor.readCheckpoint(layout, deadline())) === null
    ) {
      await survivor.prepare(layout, deadline());
      await survivor.apply(layout, 0, documents, deadline());
      expect(await survivor.writeCheckpoint(layout, null, checkpoint, deadline())).toBe(true);
    }
    const found = await survivor.readCheckpoint(layout, deadline());
    expect(found).toEqual({ ...checkpoint, versions: found?.versions });
    if (found === null) throw new Error("the checkpoint is gone");
    const view = await survivor.openView(layout, found, deadline());
    expect(await view.count(0, null, deadline())).toBe(50);
    const query = { shard: 0, space: "text", vector: away(0), k: 3, filter: null };
    expect(
      (await view.search(query, deadline())).map(({ id, position }) => `${id}@${position}`),
    ).toEqual(["k0@9", "k1@9", "k2@9"]);
    await survivor.close();
  });
}

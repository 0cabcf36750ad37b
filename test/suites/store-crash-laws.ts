import { expect, test } from "vitest";
import { away, checkpointOf, deadline, document, newLayout } from "./store-rows.ts";
import type { StoreOf, StoreUnderTest } from "./store-under-test.ts";

/** What is left after the worst. */
export function crashLaws(opened: StoreOf, started: () => StoreUnderTest): void {
  test("kill -9 after an acknowledged apply and checkpoint keeps both; a store that is not durable says so", async () => {
    const { writeAndKill, open } = started();
    expect(opened().traits.durable).toBe(writeAndKill !== null);
    if (writeAndKill === null) return;
    const documents = Array.from({ length: 50 }, (_, i) =>
      document(`k${i}`, 9, { fields: { Year: i }, vectors: { text: away(i / 50) } }),
    );
    // Side by side, as collections are: some engines share a file or a lock between them.
    const writes = Array.from({ length: 4 }, () => newLayout()).map((layout) => ({
      layout,
      documents,
      checkpoints: [7, 8, 9].map((position) => checkpointOf(layout, [null], position)),
    }));
    await writeAndKill(writes);
    const survivor = await open();
    for (const { layout, checkpoints } of writes) {
      const found = await survivor.readCheckpoint(layout, deadline());
      expect(found).toEqual({ ...checkpoints.at(-1), versions: found?.versions });
      if (found === null) throw new Error("the checkpoint is gone");
      const view = await survivor.openView(layout, found, deadline());
      expect(await view.count(0, null, deadline())).toBe(50);
      const query = { shard: 0, space: "text", vector: away(0), k: 3, filter: null };
      expect(
        (await view.search(query, deadline())).candidates.map(
          ({ id, position }) => `${id}@${position}`,
        ),
      ).toEqual(["k0@9", "k1@9", "k2@9"]);
    }
    await survivor.close();
  });
}

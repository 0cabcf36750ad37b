import type { DocumentState, StoreLayout, VectorStore } from "../../lambdas/ports/store.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { assert } from "../../shared/std/assert.ts";
import { deadline } from "./store-rows.ts";

/** What a collection is given before the kill. */
export interface AcknowledgedWrite {
  readonly layout: StoreLayout;
  readonly documents: readonly DocumentState[];
  /** One after the other; the last is the one to be found. */
  readonly checkpoints: readonly Checkpoint[];
}

/** Writes the collections side by side, and returns when the store has acknowledged everything. */
export async function writeAll(
  store: VectorStore,
  writes: readonly AcknowledgedWrite[],
): Promise<void> {
  const write = async ({ layout, documents, checkpoints }: AcknowledgedWrite) => {
    await store.prepare(layout, deadline());
    const version = await store.apply(layout, 0, documents, deadline());
    let previous: Checkpoint | null = null;
    for (const checkpoint of checkpoints) {
      const next: Checkpoint = { ...checkpoint, versions: [version] };
      const written = await store.writeCheckpoint(layout, previous, next, deadline());
      assert(written, "nobody else writes this checkpoint");
      previous = next;
    }
  };
  await Promise.all(writes.map(write));
}

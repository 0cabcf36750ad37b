import { requireUndamaged, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { StoreLayout, StoreView, VectorStore } from "../ports/store.ts";
import { ReplicatedView, type LegDeps } from "./replicated-view.ts";

/** Opens one copy of a collection at a checkpoint. */
export type OpenCopy = (
  layout: StoreLayout,
  checkpoint: Checkpoint,
  signal: AbortSignal,
) => Promise<StoreView>;

/** The store, read through copies: what is written goes to the store itself, which the copies read from. */
export function withCopies(
  store: VectorStore,
  copies: readonly OpenCopy[],
  deps: LegDeps,
): VectorStore {
  return {
    traits: store.traits,
    prepare: (...given) => store.prepare(...given),
    apply: (...given) => store.apply(...given),
    maintain: (...given) => store.maintain(...given),
    readCheckpoint: (...given) => store.readCheckpoint(...given),
    writeCheckpoint: (...given) => store.writeCheckpoint(...given),
    retire: (...given) => store.retire(...given),
    drop: (...given) => store.drop(...given),
    close: () => store.close(),
    openView: async (layout, checkpoint, signal) => {
      requireUndamaged(checkpoint);
      const opened = copies.map((open) => open(layout, checkpoint, signal));
      return new ReplicatedView(await Promise.all(opened), deps);
    },
  };
}
